import { type Settings, SettingsError } from './settings.js';

/** Where a process of the cluster finds its servers: the options of the Kafka and Cassandra adapters. */
export interface ClusterSettings {
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly topic: string;
    readonly partitions: number | null;
  };
  readonly cassandra: {
    readonly contactPoints: readonly string[];
    readonly dataCenter: string;
    readonly keyspace: string;
    readonly replication: number;
    readonly consistency: string;
  };
}

/** Whether the environment names servers: then tools work on the cluster, not on local storage. */
export function isCluster(settings: Settings): boolean {
  return settings.kafkaBrokers.length > 0 || settings.cassandraContactPoints.length > 0;
}

/** The servers of a cluster's process; throws `SettingsError` when some are not named. */
export function clusterOf(settings: Settings): ClusterSettings {
  const faults: string[] = [];
  const { kafkaBrokers: brokers, cassandraContactPoints: contactPoints } = settings;
  if (brokers.length === 0) {
    faults.push('HINDSIGHT_KAFKA_BROKERS must name a broker, such as 10.0.0.1:9092');
  }
  if (contactPoints.length === 0) {
    faults.push('HINDSIGHT_CASSANDRA_CONTACT_POINTS must name a node, such as 10.0.0.2:9042');
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return {
    kafka: { brokers, topic: settings.kafkaTopic, partitions: settings.partitions },
    cassandra: {
      contactPoints,
      dataCenter: settings.cassandraDataCenter,
      keyspace: settings.cassandraKeyspace,
      replication: settings.cassandraReplication,
      consistency: settings.cassandraConsistency,
    },
  };
}
