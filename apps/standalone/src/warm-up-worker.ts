import { parentPort, workerData } from 'node:worker_threads';
import { EmbeddedRegistry, EmbeddedReportStore } from '#readmodel';
import { buffersOf } from '../../query/src/reports/packed-buckets.js';
import { warmUp } from '../../query/src/reports/warm-up.js';

/** The warm-up's thread: reads beside everybody else, hands over what it packed, and ends. */
async function main(): Promise<void> {
  const { directory } = workerData as { directory: string };
  const registry = await EmbeddedRegistry.open({ directory, readOnly: true });
  const store = EmbeddedReportStore.open({ directory, readOnly: true });
  for await (const contents of warmUp({ registry, store, now: Date.now })) {
    parentPort?.postMessage(contents, buffersOf(contents));
  }
  await store.close();
  await registry.close();
}

await main();
