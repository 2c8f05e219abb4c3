import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { NestFactory } from '@nestjs/core';
import { EmbeddedEventLog } from '#eventlog';
import { EmbeddedRegistry, EmbeddedReportStore, FIRST_GENERATION } from '#readmodel';
import { ProjectorModule } from '../../projector/src/projector.module.js';
import { EventLogStrategy } from '../../projector/src/run/event-log.strategy.js';

/** The projector's thread: the same Nest microservice as the projector's own process. */
async function main(): Promise<void> {
  const { directory } = workerData as { directory: string };
  const log = await EmbeddedEventLog.open({ directory, readOnly: true });
  const registry = await EmbeddedRegistry.open({ directory, readOnly: true });
  const store = EmbeddedReportStore.open({ directory });
  const parts = { log, registry, store, generation: FIRST_GENERATION, now: Date.now };
  const strategy = new EventLogStrategy(parts, (error) => tell(error));
  const app = await NestFactory.createMicroservice(ProjectorModule, { strategy, logger: false });
  await app.listen();
  parentPort?.on('message', async () => {
    await app.close();
    await store.close();
    await registry.close();
    await log.close();
    process.exit(0);
  });
  parentPort?.postMessage({});
}

function tell(error: unknown): void {
  parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
}

main().catch(tell);
