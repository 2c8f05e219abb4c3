import { setImmediate as turn } from 'node:timers/promises';
import { PartitionRunner, type RunnerParts } from './partition-runner.js';

/** How long a store or log that was away is left alone. */
const RETRY_MS = 500;
/** A partition that was taken from us, and that the group still says is ours, is claimed again after so long. */
const RECLAIM_MS = 30_000;
/** News that is for another partition must not make this one turn without rest. */
const REST_MS = 5;
const WAIT_MS = 1000;
/** How often an outage that goes on is told. */
const SAY_MS = 60_000;

/** What a loop is told from outside. */
export interface LoopContext {
  /** Resolves when something was appended to any partition, or after a while. */
  readonly waitForAppend: () => Promise<void>;
  /** Told once, when the partition cannot go on. */
  readonly onFailure: (error: unknown) => void;
  /** Resolves when an earlier loop over the same partition has ended. */
  readonly after: Promise<void>;
}

/** One partition while it is ours: claimed, folded, and given up when it goes to somebody else. */
export class PartitionLoop {
  /** Resolves when the partition is claimed and loaded, or will not be. */
  readonly started: Promise<void>;
  readonly finished: Promise<void>;
  private runner: PartitionRunner | null = null;
  private ending: 'no' | 'lost' | 'closing' = 'no';
  private saidAt = Number.NEGATIVE_INFINITY;
  private wake: () => void = () => {};
  private isStarted: () => void = () => {};

  constructor(
    private readonly parts: RunnerParts,
    private readonly context: LoopContext,
  ) {
    this.started = new Promise((resolve) => {
      this.isStarted = resolve;
    });
    this.finished = this.run().finally(() => this.isStarted());
  }

  get partition(): number {
    return this.parts.partition;
  }

  /** Offset up to which the partition is folded here; `null` until it is claimed. */
  get position(): number | null {
    return this.runner?.position ?? null;
  }

  get foldedEvents(): number {
    return this.runner?.foldedEvents ?? 0;
  }

  /** Ends without another word: somebody else has the partition, and what is not flushed is theirs to fold. */
  lose(): void {
    this.end('lost');
  }

  /** Ends with a last flush, so that whoever comes next has nothing to fold again. */
  close(): Promise<void> {
    this.end('closing');
    return this.finished;
  }

  private end(how: 'lost' | 'closing'): void {
    if (this.ending === 'no') this.ending = how;
    this.wake();
  }

  private async run(): Promise<void> {
    await this.context.after;
    while (this.ending === 'no') {
      try {
        await this.work();
      } catch (error) {
        if (!(await this.canGoOn(error))) return;
      }
    }
    if (this.ending === 'closing') await this.lastFlush();
  }

  private async work(): Promise<void> {
    if (this.runner === null) {
      this.runner = await PartitionRunner.start(this.parts);
      this.isStarted();
    }
    const idleMs = await this.runner.step();
    // One turn of the event loop between blocks: signals and messages must get through.
    if (idleMs === 0) await turn();
    else await this.rest(idleMs);
  }

  private async rest(idleMs: number): Promise<void> {
    const pause = this.pause(Math.min(idleMs, WAIT_MS));
    const { wake } = this;
    void this.context.waitForAppend().then(wake);
    await pause;
    await this.pause(REST_MS);
  }

  /** Whether to try again after an error; waits before it says so. */
  private async canGoOn(error: unknown): Promise<boolean> {
    const { code, retriable } = error as { code?: string; retriable?: boolean };
    if (this.ending === 'lost') return false;
    if (code === 'fenced') {
      this.runner = null;
      this.say('partition_taken', error);
      await this.pause(RECLAIM_MS);
      return true;
    }
    if (retriable === true) {
      this.say('partition_waits', error);
      await this.pause(RETRY_MS);
      return true;
    }
    this.context.onFailure(error);
    return false;
  }

  private async lastFlush(): Promise<void> {
    await this.runner?.flush().catch((error: unknown) => {
      if ((error as { code?: string }).code !== 'fenced') this.context.onFailure(error);
    });
  }

  /** Waits, but not beyond the end of the loop. */
  private async pause(durationMs: number): Promise<void> {
    if (this.ending !== 'no') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private say(event: string, error: unknown): void {
    if (performance.now() - this.saidAt < SAY_MS) return;
    this.saidAt = performance.now();
    const message = error instanceof Error ? error.message : String(error);
    const { partition } = this;
    process.stderr.write(`${JSON.stringify({ event, partition, message })}\n`);
  }
}
