import { EmbeddedEventLog, type EventLog, KafkaEventLog } from '#eventlog';
import {
  CassandraRegistry,
  CassandraReportStore,
  EmbeddedRegistry,
  EmbeddedReportStore,
  type Registry,
  type ReportStore,
} from '#readmodel';
import { clusterOf, isCluster, type Settings } from '#settings';

/** What a tool works on: the cluster when the settings name its servers, else the data directory. */
interface Storage {
  readonly log: EventLog;
  readonly registry: Registry;
  close(): Promise<void>;
}

/** Storage to read, beside a product that may run. */
export async function openToRead(settings: Settings): Promise<Storage & { store: ReportStore }> {
  const { dataDirectory: directory } = settings;
  if (!isCluster(settings)) {
    const log = await EmbeddedEventLog.open({ directory, readOnly: true });
    const registry = await EmbeddedRegistry.open({ directory, readOnly: true });
    const store = EmbeddedReportStore.open({ directory, readOnly: true });
    return { log, registry, store, close: () => closeAll(store, registry, log) };
  }
  const { cassandra } = clusterOf(settings);
  const storage = await openClusterStorage(settings);
  const store = await CassandraReportStore.open({ ...cassandra, directory: null });
  return { ...storage, store, close: () => closeAll(store, storage) };
}

/** Storage to write events and sites to; an embedded product must not run meanwhile. */
export async function openToWrite(settings: Settings): Promise<Storage> {
  const { dataDirectory: directory, partitions } = settings;
  if (isCluster(settings)) return openClusterStorage(settings);
  const log = await EmbeddedEventLog.open({ directory, partitions });
  const registry = await EmbeddedRegistry.open({ directory });
  return { log, registry, close: () => closeAll(registry, log) };
}

async function openClusterStorage(settings: Settings): Promise<Storage> {
  const { kafka, cassandra } = clusterOf(settings);
  const registry = await CassandraRegistry.open(cassandra);
  const log = await KafkaEventLog.open(kafka);
  return { log, registry, close: () => closeAll(log, registry) };
}

async function closeAll(...parts: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const part of parts) await part.close();
}
