import { performance } from 'node:perf_hooks';
import type { Database, RootDatabase } from 'lmdb';
import type { SiteId } from '#events';
import { committed } from '#lmdb';
import {
  blockKey,
  type Compression,
  countOfBlock,
  decodeBlock,
  encodeBlock,
} from './block-codec.js';

/** How often cold blocks are looked for. */
const INTERVAL_MS = 2000;
/** Events of a packed block: compresses well, unpacks in a millisecond. */
const PACKED_EVENTS = 2000;
/** The newest events stay as they are: readers that follow the log want them in the blocks they came in. */
const HOT_EVENTS = 4000;
/** Packed blocks of a partition before it is the next one's turn. */
const BLOCKS_PER_ROUND = 8;
/** A thread that others use for more than this share of its time is left to them: they are in a hurry. */
const USED_MIN = 0.3;
/** After packing for a while it is left alone for as long, and if others use it for so many times as long. */
const RESTS = 9;
/** Cold blocks are written once and read rarely, so they may cost more to compress. */
const COLD: Compression = { level: 6, fromBytes: 1024 };

/** Packs the many small blocks of light traffic into few large ones: same offsets, same records. */
export class Repacker {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;
  private wake: () => void = () => {};

  constructor(
    private readonly root: RootDatabase,
    private readonly blocks: Database<Buffer, Buffer>,
    private readonly heads: Database<number, string>,
    private readonly partitions: number,
  ) {}

  start(): void {
    let isBusy = false;
    this.timer = setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      this.running = this.round().catch(report);
      void this.running.then(() => {
        isBusy = false;
      });
    }, INTERVAL_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.isStopping = true;
    this.wake();
    await this.running;
  }

  /** Packs what is cold, up to a bound. A failure leaves everything as it was: the next round tries. */
  async round(): Promise<void> {
    for (let partition = 0; partition < this.partitions; partition += 1) {
      for (let turn = 0; turn < BLOCKS_PER_ROUND; turn += 1) {
        if (this.isStopping) return;
        const startedAt = performance.now();
        if (!(await this.packOne(partition))) break;
        await this.rest(performance.now() - startedAt);
      }
    }
  }

  /** Leaves the thread to others, longer when they use it. */
  private async rest(packedMs: number): Promise<void> {
    const before = performance.eventLoopUtilization();
    await this.pause(packedMs);
    const { utilization } = performance.eventLoopUtilization(before);
    if (utilization > USED_MIN && !this.isStopping) await this.pause(packedMs * (RESTS - 1));
  }

  /** Waits, but not beyond the end. */
  private async pause(durationMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async packOne(partition: number): Promise<boolean> {
    const from = this.heads.get(`packed/${partition}`) ?? 0;
    const head = this.heads.get(String(partition)) ?? 0;
    if (head - from < HOT_EVENTS + PACKED_EVENTS) return false;
    const keys: Buffer[] = [];
    const records: { siteId: SiteId; bytes: Uint8Array }[] = [];
    const range = this.blocks.getRange({
      start: blockKey(partition, from),
      end: blockKey(partition + 1, 0),
    });
    for (const { key, value } of range) {
      const firstOffset = key.readUIntBE(2, 6);
      const count = countOfBlock(value);
      if (records.length > 0 && records.length + count > PACKED_EVENTS * 2) break;
      const block = decodeBlock(value, { partition, firstOffset, skip: 0, limit: count });
      for (let index = 0; index < count; index += 1) {
        const bytes = block.bytes.slice(block.startAt(index), block.startAt(index + 1));
        records.push({ siteId: block.siteIdAt(index), bytes });
      }
      keys.push(key);
      if (records.length >= PACKED_EVENTS) break;
    }
    const next = from + records.length;
    if (keys.length < 2) {
      await committed(this.heads.put(`packed/${partition}`, next));
      return true;
    }
    const packed = Buffer.from(encodeBlock(records, COLD));
    // Not the asynchronous kind: when its commit fails, a promise that nobody can reach is rejected too.
    this.root.transactionSync(() => {
      for (const key of keys) this.blocks.remove(key);
      this.blocks.put(blockKey(partition, from), packed);
      this.heads.put(`packed/${partition}`, next);
    });
    return true;
  }
}

/** A round that fails, on a full disk for instance, is no reason to stop taking hits. */
function report(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${JSON.stringify({ event: 'repack_failed', message })}\n`);
}
