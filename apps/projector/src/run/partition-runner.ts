/**
 * One partition's life: claim it, go on from the checkpoint, fold what the log has, flush in time,
 * hand over. What a flush writes (rows, state, checkpoint) is complete to one offset; nothing is
 * folded while a flush is on its way, so that a crash at any moment leaves that one offset behind.
 */
import { Projection, REALTIME_MINUTES_MAX } from '#domain';
import type { EventLog, RecordBlock } from '#eventlog';
import { CodecError, type Envelope } from '#events';
import { type PartitionWriter, type Registry, type ReportStore, StoreError } from '#readmodel';
import { BLOCK_EVENTS, knowSites, readEvent } from '../log-blocks.js';
import { flushProjection } from './flush.js';
import { deadLetterOf, replayMuted } from './muted-replay.js';

/** A flush at the latest after so many events: bounds memory, and what is folded again after a crash. */
const EVENTS_PER_FLUSH_MAX = 131_072;
/** A flush at the latest after so many changed rows and visitors. */
const PENDING_MAX = 200_000;
/** How stale numbers may be: a flush at the latest this long after the first event in it. */
const FLUSH_INTERVAL_MS = 150;
/** Flushes may take this share of the time: where they take long, numbers are a little staler. */
const FLUSH_SHARE = 0.25;
const FLUSH_INTERVAL_MAX_MS = 700;
/** A flush during catching up is worth it only now and then: nobody sees half a history. */
const CATCH_UP_FLUSH_MS = 15_000;
/** So many events behind the end of the log is catching up: about a second's worth. */
const BEHIND_MIN = 20_000;
/** How long a flush that failed waits before it is tried again. */
const RETRY_MS = 500;
/** More dead letters than one in a thousand mean that something else is wrong: stop. */
const DEAD_LETTERS_MAX_SHARE = 0.001;
const DEAD_LETTERS_MIN = 10;
const MINUTE_MS = 60_000;

/** What a runner works with. */
export interface RunnerParts {
  readonly log: EventLog;
  readonly store: ReportStore;
  readonly registry: Registry;
  readonly generation: string;
  readonly partition: number;
  readonly now: () => number;
  /** How long a flush that failed waits before it is tried again, ms. */
  readonly retryMs?: number;
}

export class PartitionRunner {
  private offset: number;
  private eventsSinceFlush = 0;
  private firstChangeAt = 0;
  private flushIntervalMs = FLUSH_INTERVAL_MS;
  private folded = 0;
  /** Those since the last flush. */
  private deadLetters: (readonly [string, Uint8Array])[] = [];
  private deadLetterCount = 0;
  private projection: Projection;

  private constructor(
    private readonly parts: RunnerParts,
    private readonly writer: PartitionWriter,
  ) {
    this.offset = writer.checkpoint.offset;
    this.projection = this.newProjection();
  }

  /** Claims the partition and loads what is needed to go on. */
  static async start(parts: RunnerParts): Promise<PartitionRunner> {
    const { store, log, generation, partition } = parts;
    const writer = await store.claim({ generation, partition, logId: log.id });
    await replayMuted(parts, writer);
    return new PartitionRunner(parts, writer);
  }

  /** Offset up to which everything is folded, flushed or not. */
  get position(): number {
    return this.offset;
  }

  /** Events folded since the start; one that is folded again counts once. */
  get foldedEvents(): number {
    return this.folded;
  }

  /** Does one piece of work; resolves with how long nothing needs to be done, in milliseconds. */
  async step(): Promise<number> {
    try {
      return await this.work();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'not_ready') throw error;
      // Rows beyond those that were foreseen: fetch them, and fold again what is not flushed.
      await this.whenReachable(() => this.writer.loadMissing());
      this.startOver();
      return 0;
    }
  }

  private async work(): Promise<number> {
    const { log, partition } = this.parts;
    const block = await log.read(partition, this.offset, BLOCK_EVENTS);
    if (block === null) return this.flushWhenDue(this.flushIntervalMs);
    await knowSites(this.parts.registry, block);
    await this.foldBlock(block);
    const isBehind = (await log.head(partition)) - this.offset > BEHIND_MIN;
    await this.flushWhenDue(isBehind ? CATCH_UP_FLUSH_MS : this.flushIntervalMs);
    return 0;
  }

  /** Flushes what is folded. */
  async flush(): Promise<void> {
    const startedAt = performance.now();
    await flushProjection(this.projection, this.writer, {
      offset: this.offset,
      retryMs: this.parts.retryMs ?? RETRY_MS,
      deadLetters: this.deadLetters,
    });
    this.eventsSinceFlush = 0;
    this.deadLetters = [];
    const wanted = (performance.now() - startedAt) / FLUSH_SHARE;
    this.flushIntervalMs = Math.min(FLUSH_INTERVAL_MAX_MS, Math.max(FLUSH_INTERVAL_MS, wanted));
  }

  private async flushWhenDue(intervalMs: number): Promise<number> {
    if (this.eventsSinceFlush === 0) return Number.POSITIVE_INFINITY;
    // What an earlier owner began must end where it would have ended.
    if (this.writer.unfinishedFlush !== null) return 0;
    const left = this.firstChangeAt + intervalMs - performance.now();
    const isFull =
      this.eventsSinceFlush >= EVENTS_PER_FLUSH_MAX || this.projection.pending >= PENDING_MAX;
    if (left > 0 && !isFull) return left;
    await this.flush();
    return Number.POSITIVE_INFINITY;
  }

  private async foldBlock(block: RecordBlock): Promise<void> {
    const oldest = Math.floor(this.parts.now() / MINUTE_MS) - REALTIME_MINUTES_MAX;
    this.projection.realtimeFrom = Math.max(this.projection.realtimeFrom, oldest);
    for (let index = 0; index < block.count; index += 1) {
      if (this.eventsSinceFlush === 0) this.firstChangeAt = performance.now();
      const waiting = this.foldRecord(block, index);
      if (waiting !== null) await waiting;
      this.offset += 1;
      this.folded += 1;
      this.eventsSinceFlush += 1;
      if (this.offset === this.writer.unfinishedFlush) {
        await this.flush();
        // Some rows stayed as they were: what the fold made of them in memory is wrong.
        const { realtimeFrom } = this.projection;
        this.projection = this.newProjection();
        this.projection.realtimeFrom = realtimeFrom;
      } else if (this.projection.mustFlush) await this.flush();
    }
  }

  private newProjection(): Projection {
    const { registry, generation } = this.parts;
    return new Projection(
      this.writer,
      (siteId) => registry.view().definitions(siteId, generation),
      this.writer.checkpoint.receivedAt,
    );
  }

  /** Forgets everything since the last flush. */
  private startOver(): void {
    this.offset = this.writer.checkpoint.offset;
    this.folded -= this.eventsSinceFlush;
    this.eventsSinceFlush = 0;
    this.deadLetterCount -= this.deadLetters.length;
    this.deadLetters = [];
    this.projection = this.newProjection();
  }

  private async whenReachable(attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof StoreError) || !error.retriable) throw error;
        process.stderr.write(
          `${JSON.stringify({ event: 'store_away', message: error.message })}\n`,
        );
        await new Promise((resolve) => setTimeout(resolve, this.parts.retryMs ?? RETRY_MS));
      }
    }
  }

  /** Folds one record; a promise when rows must be fetched first. */
  private foldRecord(block: RecordBlock, index: number): Promise<void> | null {
    const { writer } = this;
    const event = readEvent(block, index);
    if (event instanceof CodecError) {
      this.bury(event);
      return null;
    }
    if (writer.isReady(event.siteId, event.occurredAt)) {
      this.projection.fold(event);
      return null;
    }
    const { siteId, occurredAt } = event;
    // Meanwhile other partitions read theirs into the same object: this one is read again.
    return this.whenReachable(() => writer.prepare(siteId, occurredAt)).then(() =>
      this.projection.fold(readEvent(block, index) as Envelope),
    );
  }

  /** Records an event that cannot be read, and goes on: the same on every replay. */
  private bury(error: CodecError): void {
    this.deadLetters.push(deadLetterOf(this.offset, error));
    this.deadLetterCount += 1;
    const most = Math.max(DEAD_LETTERS_MIN, this.folded * DEAD_LETTERS_MAX_SHARE);
    if (this.deadLetterCount > most) {
      throw new Error(
        `too many events cannot be read, the last one at ${this.offset}: ${error.message}`,
      );
    }
  }
}
