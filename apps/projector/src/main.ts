/**
 * The projector process of a cluster: shares the log's partitions with its like, folds those that are its
 * own, and writes what comes of them to Cassandra, with a copy of their state on local disk.
 */
import 'reflect-metadata';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { KafkaEventLog } from '#eventlog';
import { answerHealth, closeServer, type Health, httpServer, listenOn } from '#http';
import { CassandraRegistry, CassandraReportStore, FIRST_GENERATION } from '#readmodel';
import { clusterOf, type Settings } from '#settings';
import { ProjectorModule } from './projector.module.js';
import { EventLogStrategy } from './run/event-log.strategy.js';
import type { PartitionLoop } from './run/partition-loop.js';

/**
 * Starts it. Rejects when Kafka or Cassandra is away.
 * @param onFailure told when a partition cannot go on
 */
export async function startProjector(
  settings: Settings,
  onFailure: (error: Error) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const { kafka, cassandra } = clusterOf(settings);
  const directory = join(settings.dataDirectory, 'projector');
  mkdirSync(directory, { recursive: true });
  const registry = await CassandraRegistry.open(cassandra);
  const store = await CassandraReportStore.open({ ...cassandra, directory });
  const log = await KafkaEventLog.open({
    ...kafka,
    group: {
      id: settings.kafkaGroup,
      sessionTimeoutMs: settings.kafkaSessionMs,
      onAssigned: (partitions) => strategy.assign(partitions),
    },
  });
  const strategy = new EventLogStrategy(
    {
      ...{ log, registry, store, generation: FIRST_GENERATION, now: Date.now },
      join: () => log.join(),
    },
    (error) => onFailure(error instanceof Error ? error : new Error(String(error))),
  );
  const app = await NestFactory.createMicroservice(ProjectorModule, { strategy, logger: false });
  await app.listen();
  const health = healthOf(log, store, () => strategy.unwrap());
  const server = httpServer((request, response) => {
    if (answerHealth(health, request, response)) return;
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found.\n');
  });
  const url = await listenOn(server, settings.port, settings.host);
  return {
    url,
    async close() {
      await closeServer(server);
      await app.close();
      await log.close();
      await store.close();
      await registry.close();
    },
  };
}

function healthOf(
  log: KafkaEventLog,
  store: CassandraReportStore,
  loops: () => readonly PartitionLoop[],
): Health {
  return {
    async reasons() {
      const waiting = loops().filter(({ position }) => position === null);
      return waiting.map(({ partition }) => `partition ${partition} is not loaded yet`);
    },
    async metrics() {
      const lines = ['# TYPE hindsight_partition_lag_events gauge'];
      for (const { partition, position } of loops()) {
        const lag = (await log.head(partition)) - (position ?? 0);
        lines.push(`hindsight_partition_lag_events{partition="${partition}"} ${lag}`);
      }
      lines.push('# TYPE hindsight_partition_folded_events_total counter');
      for (const { partition, foldedEvents } of loops()) {
        lines.push(
          `hindsight_partition_folded_events_total{partition="${partition}"} ${foldedEvents}`,
        );
      }
      lines.push('# TYPE hindsight_rows_written_total counter');
      lines.push(`hindsight_rows_written_total ${store.rowsWritten}`);
      lines.push('# TYPE hindsight_row_bytes_written_total counter');
      lines.push(`hindsight_row_bytes_written_total ${store.rowBytesWritten}`);
      return `${lines.join('\n')}\n`;
    },
  };
}
