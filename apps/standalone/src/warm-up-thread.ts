import { Worker } from 'node:worker_threads';
import { FIRST_GENERATION, type ReportStore } from '#readmodel';
import { PackedBuckets, type PackedContents } from '../../query/src/reports/packed-buckets.js';

/** Memory of the thread while it lives: what is beyond is not warmed up. */
const HEAP_MB_MAX = 128;

/**
 * Has what is asked first after a start packed by a thread of its own, so that neither hits nor questions
 * wait for it. It ends by itself within seconds; without events it does not begin.
 */
export class WarmUpThread {
  /** What it fills, and questions read. */
  readonly packed: PackedBuckets;
  private worker: Worker | null = null;
  private isStopped = false;

  constructor(
    private readonly directory: string,
    private readonly store: ReportStore,
  ) {
    this.packed = new PackedBuckets(store);
  }

  /** Resolves when it has begun, or has nothing to do. */
  async start(): Promise<void> {
    const checkpoints = await this.store.checkpoints(FIRST_GENERATION);
    const hasEvents = [...checkpoints.values()].some(({ offset }) => offset > 0);
    if (!hasEvents || this.isStopped) return;
    this.worker = new Worker(new URL('./warm-up-worker.js', import.meta.url), {
      workerData: { directory: this.directory },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
    });
    this.worker.unref();
    this.worker.on('message', (contents: PackedContents) => this.packed.adopt(contents));
    // Questions read for themselves what it did not get to.
    this.worker.on('error', (error) => {
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${JSON.stringify({ event: 'warm_up_ended', message })}\n`);
    });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.worker?.terminate();
  }
}
