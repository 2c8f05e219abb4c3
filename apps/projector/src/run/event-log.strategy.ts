import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { PartitionLoop } from './partition-loop.js';
import type { RunnerParts } from './partition-runner.js';

/** How long the log is waited for at a time. */
const WAIT_MS = 1000;

/** What the strategy needs to run partitions. */
export interface StrategyParts extends Omit<RunnerParts, 'partition'> {
  /** Joins those who share the partitions; they are assigned from then on. Without it all are ours. */
  readonly join?: () => Promise<void>;
}

/**
 * Nest's transport for the projector: it gives the fold its place in Nest's lifecycle (listen, close,
 * status), and runs the partitions that come and go. Nest's own Kafka server handles one message at a
 * time, which is too slow for a fold.
 */
export class EventLogStrategy extends Server implements CustomTransportStrategy {
  private readonly loops = new Map<number, PartitionLoop>();
  private readonly ended = new Map<number, Promise<void>>();
  private isClosing = false;
  private failure: unknown;
  private appended: Promise<void> | null = null;

  /** @param onFailure told once when a partition cannot go on */
  constructor(
    private readonly parts: StrategyParts,
    private readonly onFailure: (error: unknown) => void,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.begin().then(
      () => callback(this.failure),
      (error: unknown) => callback(error),
    );
  }

  /** Makes exactly these partitions ours. What is lost is not flushed: its new owner folds it again. */
  assign(partitions: readonly number[]): void {
    if (this.isClosing) return;
    for (const [partition, loop] of this.loops) {
      if (partitions.includes(partition)) continue;
      loop.lose();
      this.ended.set(partition, loop.finished);
      this.loops.delete(partition);
    }
    for (const partition of partitions) {
      if (!this.loops.has(partition)) this.loops.set(partition, this.newLoop(partition));
    }
  }

  /** Flushes everything and stops. */
  async close(): Promise<void> {
    this.isClosing = true;
    await Promise.all([...this.loops.values()].map((loop) => loop.close()));
    await Promise.all(this.ended.values());
  }

  /** The strategy has no events of its own. */
  on(): void {}

  /** The loops over the partitions that are ours now. */
  unwrap<T = readonly PartitionLoop[]>(): T {
    return [...this.loops.values()] as T;
  }

  private async begin(): Promise<void> {
    const { join, log } = this.parts;
    if (join !== undefined) return join();
    this.assign(Array.from({ length: log.partitions }, (_, partition) => partition));
    await Promise.all([...this.loops.values()].map(({ started }) => started));
  }

  private newLoop(partition: number): PartitionLoop {
    return new PartitionLoop(
      { ...this.parts, partition },
      {
        waitForAppend: () => this.waitForAppend(),
        onFailure: (error) => this.fail(error),
        after: this.ended.get(partition) ?? Promise.resolve(),
      },
    );
  }

  /** One waiting for all partitions. */
  private waitForAppend(): Promise<void> {
    this.appended ??= this.parts.log
      .waitForAppend(WAIT_MS)
      .catch(() => {})
      .finally(() => {
        this.appended = null;
      });
    return this.appended;
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    this.onFailure(error);
  }
}
