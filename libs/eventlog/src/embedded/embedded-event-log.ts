import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { committed, openEnvironment } from '#lmdb';
import { Arrivals } from '../arrivals.js';
import {
  EventLog,
  EventLogError,
  type NewRecord,
  outOfRange,
  type RecordBlock,
} from '../event-log.js';
import { blockKey, countOfBlock, decodeBlock, encodeBlock } from './block-codec.js';
import { DirectoryLock } from './directory-lock.js';
import { toLogError } from './log-error.js';
import { type LogMeta, metaOf } from './log-meta.js';
import { Repacker } from './repacker.js';
import { firstOffsetOf, trimBlocks } from './trim.js';

/** Partitions of a new log: enough for one machine's cores, few enough for well filled blocks. */
const PARTITIONS_DEFAULT = 4;
/** How often a reader in another thread or process looks for news. */
const POLL_MS = 10;
/** Events of one block; a larger group commit makes several. */
const BLOCK_EVENTS_MAX = 4000;

export interface EmbeddedEventLogOptions {
  readonly directory: string;
  /** Partitions of a log that is created now; `null` = as many as usual. */
  readonly partitions?: number | null;
  /** A reader beside the one writer: in another thread, or a tool. */
  readonly readOnly?: boolean;
  /** Packs cold blocks together in the background; on unless a test wants to see every block. */
  readonly repack?: boolean;
}

interface Pending {
  readonly records: readonly NewRecord[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The log on local disk, in LMDB: blocks of records keyed by partition and first offset. Appends of
 * the last moment share one commit and one flush; each resolves when that is on disk.
 */
export class EmbeddedEventLog extends EventLog {
  private pending: Pending[] = [];
  private commit: Promise<void> | null = null;
  private readonly arrivals = new Arrivals();
  private isClosed = false;
  private readonly repacker: Repacker | null;

  private constructor(
    private readonly root: RootDatabase,
    private readonly blocks: Database<Buffer, Buffer>,
    private readonly heads: Database<number, string>,
    private readonly meta: LogMeta,
    private readonly lock: DirectoryLock | null,
    repack: boolean,
  ) {
    super();
    this.repacker = repack ? new Repacker(root, blocks, heads, meta.partitions) : null;
    this.repacker?.start();
  }

  static async open(options: EmbeddedEventLogOptions): Promise<EmbeddedEventLog> {
    const { directory, readOnly = false } = options;
    mkdirSync(directory, { recursive: true });
    const lock = readOnly ? null : await DirectoryLock.take(directory);
    try {
      const root = openEnvironment({
        path: join(directory, 'log'),
        overlappingSync: false,
        maxDbs: 4,
        compression: false,
        readOnly,
      });
      const blocks = root.openDB<Buffer, Buffer>('blocks', {
        encoding: 'binary',
        keyEncoding: 'binary',
      });
      const heads = root.openDB<number, string>('heads', { encoding: 'json' });
      const meta = await metaOf(root, options.partitions ?? PARTITIONS_DEFAULT, readOnly);
      const repack = !readOnly && (options.repack ?? true);
      return new EmbeddedEventLog(root, blocks, heads, meta, lock, repack);
    } catch (error) {
      await lock?.release();
      throw toLogError(error);
    }
  }

  /** Whether there is a log in a directory. */
  static isIn(directory: string): boolean {
    return existsSync(join(directory, 'log'));
  }

  get id(): string {
    return this.meta.id;
  }

  get partitions(): number {
    return this.meta.partitions;
  }

  append(records: readonly NewRecord[]): Promise<void> {
    if (this.isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.pending.push({ records, resolve, reject });
      this.commit ??= this.commitAll();
    });
  }

  async head(partition: number): Promise<number> {
    this.assertOpen();
    this.root.resetReadTxn();
    return this.heads.get(String(partition)) ?? 0;
  }

  async read(partition: number, from: number, limit: number): Promise<RecordBlock | null> {
    const head = await this.head(partition);
    if (from < 0 || from > head) throw outOfRange(partition, from, head);
    if (from === head) return null;
    const exact = this.blocks.get(blockKey(partition, from));
    if (exact !== undefined) {
      return decodeBlock(exact, { partition, firstOffset: from, skip: 0, limit });
    }
    const range = this.blocks.getRange({
      start: blockKey(partition, from),
      reverse: true,
      limit: 1,
    });
    for (const { key, value } of range) {
      if (key.readUInt16BE(0) !== partition) break;
      const firstOffset = key.readUIntBE(2, 6);
      const skip = from - firstOffset;
      if (skip < countOfBlock(value))
        return decodeBlock(value, { partition, firstOffset, skip, limit });
    }
    throw new EventLogError(
      'damaged',
      `the log is damaged: partition ${partition} has no offset ${from} below its end ${head}`,
      false,
    );
  }

  async waitForAppend(timeoutMs: number): Promise<void> {
    if (this.lock !== null) return this.arrivals.wait(timeoutMs);
    const before = await this.allHeads();
    const until = performance.now() + timeoutMs;
    while (performance.now() < until && !this.isClosed) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(POLL_MS, timeoutMs)));
      if (this.isClosed || (await this.allHeads()) !== before) return;
    }
  }

  /** Offset of the first record that is still there; the head when there is none. */
  async first(partition: number): Promise<number> {
    const head = await this.head(partition);
    return firstOffsetOf(this.blocks, partition) ?? head;
  }

  /** Forgets the blocks before an offset: for a log that is a queue. */
  async trim(partition: number, before: number): Promise<void> {
    this.assertOpen();
    await committed(trimBlocks(this.blocks, partition, before));
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.repacker?.stop();
    await this.commit;
    this.arrivals.wake();
    await this.root.close();
    await this.lock?.release();
  }

  private async allHeads(): Promise<string> {
    const heads: number[] = [];
    for (let partition = 0; partition < this.partitions; partition += 1) {
      heads.push(await this.head(partition));
    }
    return heads.join();
  }

  /** Commits everything that waits, again and again, until nothing waits. */
  private async commitAll(): Promise<void> {
    // One turn of the event loop lets the requests that are already here join the commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.pending.length > 0) {
      const group = this.pending.splice(0);
      try {
        await this.write(group);
        for (const { resolve } of group) resolve();
        this.arrivals.wake();
      } catch (error) {
        const failure = toLogError(error);
        for (const { reject } of group) reject(failure);
      }
    }
    this.commit = null;
  }

  private async write(group: readonly Pending[]): Promise<void> {
    const byPartition = new Map<number, NewRecord[]>();
    for (const { records } of group) {
      for (const record of records) {
        const list = byPartition.get(record.partition);
        if (list === undefined) byPartition.set(record.partition, [record]);
        else list.push(record);
      }
    }
    const writes: Promise<unknown>[] = [];
    for (const [partition, records] of byPartition) {
      let offset = this.heads.get(String(partition)) ?? 0;
      for (let from = 0; from < records.length; from += BLOCK_EVENTS_MAX) {
        const part = records.slice(from, from + BLOCK_EVENTS_MAX);
        const block = Buffer.from(encodeBlock(part));
        writes.push(this.blocks.put(blockKey(partition, offset), block));
        offset += part.length;
      }
      writes.push(this.heads.put(String(partition), offset));
    }
    await committed(Promise.all(writes));
  }

  private assertOpen(): void {
    if (this.isClosed) throw closedError();
  }
}

function closedError(): EventLogError {
  return new EventLogError('closed', 'the event log is closed', false);
}
