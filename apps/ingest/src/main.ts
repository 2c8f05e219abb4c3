/**
 * The ingest process of a cluster: the doors for hits and scripts over Kafka, with the spool between, and
 * the registry in Cassandra.
 */
import 'reflect-metadata';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { KafkaEventLog, SpooledEventLog, type SpoolStatus } from '#eventlog';
import { answerHealth, closeServer, type Health, httpServer, listenOn } from '#http';
import { CassandraRefusalStore, CassandraRegistry } from '#readmodel';
import { clusterOf, type Settings } from '#settings';
import { IngestDoors, IngestModule } from './ingest.module.js';

const MEGABYTE = 1 << 20;
/** A spool that is so full will soon refuse: time to send hits elsewhere. */
const FULL_SHARE = 0.9;

/** Starts it. Rejects when Cassandra is away, or Kafka and this process never reached it before. */
export async function startIngest(
  settings: Settings,
): Promise<{ url: string; close(): Promise<void> }> {
  const { kafka, cassandra } = clusterOf(settings);
  const bytesMax = settings.spoolMegabytes * MEGABYTE;
  const registry = await CassandraRegistry.open(cassandra);
  const refusals = await CassandraRefusalStore.open(cassandra);
  const log = await SpooledEventLog.open({
    directory: join(settings.dataDirectory, 'spool'),
    bytesMax,
    connect: () => KafkaEventLog.open(kafka),
  });
  const doors = new IngestDoors({ log, registry, refusals, settings });
  const app = await NestFactory.createApplicationContext(IngestModule.with(doors), {
    logger: false,
  });
  const health = healthOf(doors, () => log.status, bytesMax);
  const server = httpServer((request, response) => {
    if (doors.handle(request, response) || answerHealth(health, request, response)) return;
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found.\n');
  });
  const url = await listenOn(server, settings.port, settings.host);
  return {
    url,
    async close() {
      await closeServer(server);
      await app.close();
      await log.close();
      await refusals.close();
      await registry.close();
    },
  };
}

function healthOf(doors: IngestDoors, status: () => SpoolStatus, bytesMax: number): Health {
  return {
    async reasons() {
      const { bytes, events } = status();
      if (bytes < bytesMax * FULL_SHARE) return [];
      return [`the spool is nearly full: ${events} events, ${bytes} of ${bytesMax} bytes`];
    },
    async metrics() {
      const { events, bytes, ageMs } = status();
      return `${doors.metrics.text()}# TYPE hindsight_spool_events gauge
hindsight_spool_events ${events}
# TYPE hindsight_spool_bytes gauge
hindsight_spool_bytes ${bytes}
# TYPE hindsight_spool_age_seconds gauge
hindsight_spool_age_seconds ${(ageMs / 1000).toFixed(3)}
`;
    },
  };
}
