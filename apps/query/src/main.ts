/** The query process of a cluster: GraphQL and the dashboard over Cassandra; the log only tells how far it is. */
import { KafkaEventLog } from '#eventlog';
import type { Health } from '#http';
import {
  CassandraRefusalStore,
  CassandraRegistry,
  CassandraReportStore,
  FIRST_GENERATION,
  lagMetric,
  lagOf,
  reasonsOfLag,
} from '#readmodel';
import { clusterOf, type Settings } from '#settings';
import { endOf } from './reports/freshness.js';
import { packFirst } from './reports/warm-up.js';
import { listen } from './web/listen.js';

/** The longest that a start waits for what is asked first: until then others answer. */
const WARM_UP_MS = 3_000;

/** Starts it. Rejects when Kafka or Cassandra is away. */
export async function startQuery(
  settings: Settings,
): Promise<{ url: string; close(): Promise<void> }> {
  const { kafka, cassandra } = clusterOf(settings);
  const registry = await CassandraRegistry.open(cassandra);
  const store = await CassandraReportStore.open({ ...cassandra, directory: null });
  const refusals = await CassandraRefusalStore.open(cassandra);
  const log = await KafkaEventLog.open(kafka);
  // While the log is away, answers go on: what was folded is there.
  const ends = { partitions: log.partitions, head: (partition: number) => endOf(log, partition) };
  const lag = () => lagOf(ends, store, FIRST_GENERATION);
  const health: Health = {
    reasons: async () => reasonsOfLag(await lag()),
    metrics: async () => lagMetric(await lag()),
  };
  const packed = await packFirst({ store, registry, now: Date.now }, WARM_UP_MS);
  const server = await listen({ log, registry, store, refusals, settings, health, packed });
  return {
    url: server.url,
    async close() {
      await server.close();
      await log.close();
      await refusals.close();
      await store.close();
      await registry.close();
    },
  };
}
