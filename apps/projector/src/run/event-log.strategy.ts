import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { PartitionRunner, type RunnerParts } from './partition-runner.js';

/** How long the log is waited for at a time. */
const WAIT_MS = 1000;

/** What the strategy needs to run partitions. */
export type StrategyParts = Omit<RunnerParts, 'partition'>;

/**
 * Nest's transport for the projector: it gives the fold its place in Nest's lifecycle (listen, close,
 * status). Nest's own Kafka server handles one message at a time, which is too slow for a fold.
 */
export class EventLogStrategy extends Server implements CustomTransportStrategy {
  private runners: PartitionRunner[] = [];
  private isClosing = false;
  private finished: Promise<void> = Promise.resolve();

  /** @param onFailure told once when a partition cannot go on */
  constructor(
    private readonly parts: StrategyParts,
    private readonly onFailure: (error: unknown) => void,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.startRunners().then(
      () => {
        this.finished = this.run().catch((error: unknown) => this.onFailure(error));
        callback();
      },
      (error: unknown) => callback(error),
    );
  }

  /** Flushes everything and stops. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.finished;
  }

  /** The strategy has no events of its own. */
  on(): void {}

  /** The runners, for whoever wants to look inside. */
  unwrap<T>(): T {
    return this.runners as T;
  }

  private async startRunners(): Promise<void> {
    for (let partition = 0; partition < this.parts.log.partitions; partition += 1) {
      this.runners.push(await PartitionRunner.start({ ...this.parts, partition }));
    }
  }

  private async run(): Promise<void> {
    while (!this.isClosing) {
      let idleMs = WAIT_MS;
      for (const runner of this.runners) idleMs = Math.min(idleMs, await runner.step());
      // One turn of the event loop between blocks: signals and messages must get through.
      if (idleMs === 0) await new Promise((resolve) => setImmediate(resolve));
      else await this.parts.log.waitForAppend(Math.max(1, idleMs));
    }
    for (const runner of this.runners) await runner.flush();
  }
}
