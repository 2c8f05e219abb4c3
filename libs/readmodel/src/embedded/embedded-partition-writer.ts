import type { BucketKey } from '../bucket-key.js';
import {
  type Checkpoint,
  type Flush,
  type PartitionTarget,
  PartitionWriter,
  StoreError,
} from '../report-store.js';
import { CHUNKS, encodeChunkKey, STAMP_CHUNK, shardAt, sitePrefix } from '../row-key.js';
import {
  type ChunkRow,
  chunkOf,
  findRow,
  isCounted,
  mergeChunk,
  spread,
  visitChunk,
} from './chunk.js';
import { checkpointKey, type Databases, joinActivity, type StoredCheckpoint } from './databases.js';
import { toStoreError } from './store-error.js';

/** Minute rows are found by time, whatever their site: this key lists those of one minute. */
const MINUTES = 'minutes\0';

/** One partition's side of the embedded store. */
export class EmbeddedPartitionWriter extends PartitionWriter {
  private current: StoredCheckpoint;
  private readonly statePrefix: Buffer;

  constructor(
    private readonly db: Databases,
    private readonly target: PartitionTarget,
    claimed: StoredCheckpoint,
  ) {
    super();
    this.current = claimed;
    this.statePrefix = Buffer.from(`${target.generation}\0${target.partition}\0`);
  }

  get checkpoint(): Checkpoint {
    return this.current;
  }

  row(bucket: BucketKey, value: string): Uint8Array | undefined {
    const chunk = this.db.rows.get(this.chunkKey(bucket, chunkOf(value, CHUNKS)));
    return chunk === undefined ? undefined : findRow(chunk, value);
  }

  valueCount(key: BucketKey): number {
    return this.db.counts.get(this.countKey(key)) ?? 0;
  }

  values(bucket: BucketKey): Iterable<string> {
    const values: string[] = [];
    for (let number = 0; number < CHUNKS; number += 1) {
      const chunk = this.db.rows.get(this.chunkKey(bucket, number));
      if (chunk !== undefined) visitChunk(chunk, (value) => values.push(value));
    }
    return values;
  }

  state(key: string): Uint8Array | undefined {
    return this.db.state.get(this.stateKey(key));
  }

  *stateRange(prefix: string): Iterable<readonly [key: string, bytes: Uint8Array]> {
    const start = this.stateKey(prefix);
    const end = Buffer.concat([start, Buffer.from([0xff])]);
    for (const { key, value } of this.db.state.getRange({ start, end })) {
      yield [key.toString('utf8', this.statePrefix.length), value];
    }
  }

  async commit(flush: Flush): Promise<void> {
    const next = { ...flush.checkpoint, epoch: this.current.epoch, logId: this.current.logId };
    const name = checkpointKey(this.target.generation, this.target.partition);
    let isFenced = false;
    try {
      this.db.root.transactionSync(() => {
        isFenced = this.db.checkpoints.get(name)?.epoch !== next.epoch;
        if (isFenced) return;
        for (const siteId of flush.deletedSites) this.deleteSite(siteId);
        this.writeRows(flush.rows, next.offset);
        for (const [key, bytes] of flush.state) this.writeState(key, bytes);
        for (const [siteId, activity] of flush.activity) {
          const key = `${this.target.generation}/${siteId}/${this.target.partition}`;
          this.db.activity.put(key, joinActivity(this.db.activity.get(key) ?? null, activity));
        }
        this.dropMinutes(flush.minutesBefore);
        this.db.checkpoints.put(name, next);
      });
    } catch (error) {
      throw toStoreError(error);
    }
    if (isFenced) throw fenced(this.target);
    this.current = next;
  }

  private writeRows(changed: Flush['rows'], offset: number): void {
    for (const { bucket, rows } of changed) {
      let values = 0;
      for (const [number, chunk] of spread(rows, CHUNKS).entries()) {
        if (chunk !== undefined) values += this.writeChunk(bucket, number, chunk);
      }
      if ((bucket.kind === 'day' || bucket.kind === 'month') && values > 0) {
        this.db.counts.put(this.countKey(bucket), this.valueCount(bucket) + values);
      }
      // Minutes live for so short a time that nobody keeps them.
      if (bucket.kind !== 'minute') this.db.counts.put(this.chunkKey(bucket, STAMP_CHUNK), offset);
    }
  }

  /** Returns how many values are new. */
  private writeChunk(bucket: BucketKey, number: number, rows: readonly ChunkRow[]): number {
    const key = this.chunkKey(bucket, number);
    // Neither is copied: LMDB reads and writes at once within a transaction of this kind.
    const { bytes, added } = mergeChunk(this.db.rows.getBinaryFast(key), rows);
    this.db.rows.put(key, bytes);
    if (bucket.kind === 'minute') this.db.state.put(this.minuteKey(bucket.bucket, key), EMPTY);
    let values = 0;
    for (const [value] of added) if (isCounted(value)) values += 1;
    return values;
  }

  private writeState(key: string, bytes: Uint8Array | null): void {
    if (bytes === null) this.db.state.remove(this.stateKey(key));
    else this.db.state.put(this.stateKey(key), toBuffer(bytes));
  }

  private deleteSite(siteId: string): void {
    const start = sitePrefix(this.target.generation, siteId);
    const end = Buffer.concat([start, Buffer.from([0xff])]);
    for (const key of this.db.rows.getKeys({ start, end })) {
      if (shardAt(key) === this.target.partition) this.db.rows.remove(key);
    }
    for (const key of this.db.counts.getKeys({ start, end })) {
      if (shardAt(key) === this.target.partition) this.db.counts.remove(key);
    }
    this.db.activity.remove(`${this.target.generation}/${siteId}/${this.target.partition}`);
  }

  private dropMinutes(before: number): void {
    const start = Buffer.concat([this.statePrefix, Buffer.from(MINUTES)]);
    const end = this.minuteKey(before, EMPTY);
    const prefixLength = start.length + 6;
    for (const key of this.db.state.getKeys({ start, end })) {
      this.db.rows.remove(key.subarray(prefixLength));
      this.db.state.remove(key);
    }
  }

  private minuteKey(minute: number, rowKey: Buffer): Buffer {
    const bucket = Buffer.allocUnsafe(6);
    bucket.writeUIntBE(Math.max(0, minute), 0, 6);
    return Buffer.concat([this.statePrefix, Buffer.from(MINUTES), bucket, rowKey]);
  }

  private chunkKey(key: BucketKey, chunk: number): Buffer {
    return encodeChunkKey(this.target.generation, this.target.partition, key, chunk);
  }

  private countKey(key: BucketKey): Buffer {
    return this.chunkKey(key, 0);
  }

  private stateKey(key: string): Buffer {
    return Buffer.concat([this.statePrefix, Buffer.from(key)]);
  }
}

const EMPTY = Buffer.alloc(0);

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function fenced(target: PartitionTarget): StoreError {
  return new StoreError(
    'fenced',
    `partition ${target.partition} of generation ${target.generation} was taken over`,
    false,
  );
}
