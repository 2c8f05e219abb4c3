import { EmbeddedEventLog } from '../embedded/embedded-event-log.js';
import { EventLog, EventLogError, type NewRecord, type RecordBlock } from '../event-log.js';
import { Backlog } from './backlog.js';

/** How long the log is left alone after it did not take what waits. */
const RETRY_MS = 500;
/** Events that are handed over at once. */
const DRAIN_EVENTS = 4000;
/** How often an outage that goes on is told. */
const SAY_MS = 60_000;

export interface SpoolOptions {
  /** Where events wait, on local disk. */
  readonly directory: string;
  /** Bytes of encoded events that may wait; beyond it `append` rejects. */
  readonly bytesMax: number;
  /** Opens the log; called again until it succeeds. */
  readonly connect: () => Promise<EventLog>;
  readonly retryMs?: number;
}

/** What waits on local disk. */
export interface SpoolStatus {
  readonly events: number;
  readonly bytes: number;
  /** How long the first of them has waited, ms; 0 when none waits. */
  readonly ageMs: number;
}

/**
 * A log that may be away: what it does not take waits durably on local disk and is handed over as soon as
 * it answers, in order. While anything of a partition waits, what comes new for that partition waits
 * behind it. A batch whose fate is unknown is handed over again: event ids tell the two apart.
 */
export class SpooledEventLog extends EventLog {
  private log: EventLog | null = null;
  private readonly backlog: Backlog;
  private draining: Promise<void> | null = null;
  private isClosed = false;
  private saidAt = Number.NEGATIVE_INFINITY;
  private wakeUp: () => void = () => {};

  private constructor(
    private readonly options: SpoolOptions,
    private readonly spool: EmbeddedEventLog,
  ) {
    super();
    this.backlog = new Backlog(spool.partitions);
  }

  /**
   * Opens log and spool. When the log is away it starts with what waits, if it has been here before:
   * the number of partitions is known then. Else rejects with the log's `EventLogError`.
   */
  static async open(options: SpoolOptions): Promise<SpooledEventLog> {
    const log = await options.connect().catch((error: unknown) => {
      if (isAway(error) && EmbeddedEventLog.isIn(options.directory)) return null;
      throw error;
    });
    const { directory } = options;
    const spool = await EmbeddedEventLog.open({
      directory,
      repack: false,
      ...(log && { partitions: log.partitions }),
    });
    const spooled = new SpooledEventLog(options, spool);
    try {
      if (log !== null) spooled.use(log);
      await spooled.backlog.load(spool);
    } catch (error) {
      await spool.close();
      await log?.close();
      throw error;
    }
    spooled.drain();
    return spooled;
  }

  get id(): string {
    return this.reached().id;
  }

  get partitions(): number {
    return this.spool.partitions;
  }

  /** What waits on local disk now. */
  get status(): SpoolStatus {
    return this.backlog.status();
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    if (this.isClosed) throw new EventLogError('closed', 'the event log is closed', false);
    const { log } = this;
    const direct: NewRecord[] = [];
    const behind: NewRecord[] = [];
    for (const record of records) {
      const isFree = log !== null && this.backlog.isEmpty(record.partition);
      (isFree ? direct : behind).push(record);
    }
    const appended: Promise<void>[] = [];
    if (behind.length > 0) appended.push(this.keep(behind));
    if (direct.length > 0 && log !== null) {
      const sent = log.append(direct).catch((error: unknown) => {
        // No turn of the event loop lies between: what is refused in order is kept in order.
        if (!isAway(error)) throw error;
        return this.keep(direct);
      });
      appended.push(sent);
    }
    await Promise.all(appended);
  }

  head(partition: number): Promise<number> {
    return this.reached().head(partition);
  }

  read(partition: number, from: number, limit: number): Promise<RecordBlock | null> {
    return this.reached().read(partition, from, limit);
  }

  waitForAppend(timeoutMs: number): Promise<void> {
    return this.reached().waitForAppend(timeoutMs);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.wakeUp();
    await this.draining;
    await this.log?.close();
    await this.spool.close();
  }

  /** Puts records on local disk, behind everything that waits. */
  private async keep(records: readonly NewRecord[]): Promise<void> {
    if (this.backlog.bytesWith(records) > this.options.bytesMax) {
      const message = 'the event log cannot be reached, and what waits for it fills the spool';
      throw new EventLogError('unreachable', message, true);
    }
    this.backlog.add(records);
    try {
      await this.spool.append(records);
    } catch (error) {
      this.backlog.remove(records);
      throw error;
    }
    this.drain();
  }

  private drain(): void {
    const isIdle = this.log !== null && this.backlog.partitions().length === 0;
    if (this.isClosed || isIdle) return;
    this.draining ??= this.drainAll().finally(() => {
      this.draining = null;
      // Something may have come between the last look and now.
      this.drain();
    });
  }

  /** Hands over everything that waits; tries again until the log takes it. */
  private async drainAll(): Promise<void> {
    while (!this.isClosed) {
      try {
        if (this.log === null) this.use(await this.options.connect());
        const partitions = this.backlog.partitions();
        if (partitions.length === 0) return;
        for (const partition of partitions) await this.drainSome(partition);
      } catch (error) {
        if (this.isClosed) return;
        this.say(error);
        await this.pause(this.options.retryMs ?? RETRY_MS);
      }
    }
  }

  private async drainSome(partition: number): Promise<void> {
    const from = await this.spool.first(partition);
    const block = await this.spool.read(partition, from, DRAIN_EVENTS);
    // What is on its way to the disk is not there yet.
    if (block === null) return this.pause(1);
    const records = recordsOf(block);
    await this.reached().append(records);
    await this.spool.trim(partition, from + block.count);
    this.backlog.remove(records);
  }

  /** One line per outage and minute. */
  private say(error: unknown): void {
    if (performance.now() - this.saidAt < SAY_MS) return;
    this.saidAt = performance.now();
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${JSON.stringify({ event: 'log_away', message, ...this.status })}\n`);
  }

  private use(log: EventLog): void {
    if (log.partitions !== this.spool.partitions) {
      throw new EventLogError(
        'damaged',
        `the spool in ${this.options.directory} was made for a log of ${this.spool.partitions} partitions, and this one has ${log.partitions}`,
        false,
      );
    }
    this.log = log;
  }

  private reached(): EventLog {
    if (this.log !== null) return this.log;
    throw new EventLogError('unreachable', 'the event log was not reached yet', true);
  }

  private async pause(durationMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isAway(error: unknown): boolean {
  return (error as { code?: string }).code === 'unreachable';
}

/** Copies: a block's bytes are only valid until the next reading. */
function recordsOf(block: RecordBlock): NewRecord[] {
  return Array.from({ length: block.count }, (_, index) => ({
    partition: block.partition,
    siteId: block.siteIdAt(index),
    bytes: block.bytes.slice(block.startAt(index), block.startAt(index + 1)),
  }));
}
