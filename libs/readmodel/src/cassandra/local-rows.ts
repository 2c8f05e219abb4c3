import { rmSync } from 'node:fs';
import { openEnvironment } from '#lmdb';
import { type BucketKey, bucketName } from '../bucket-key.js';
import { chunkOf, findRow, isCounted, visitChunk } from '../embedded/chunk.js';
import { toStoreError } from '../embedded/store-error.js';
import { chunksOf, type StoredChunk } from './chunk-layout.js';

/** In place of a chunk's number: the shape of its bucket. */
const SHAPE = 0xffff_ffff;
const SHAPE_BYTES = 20;

/** How the rows of a bucket lie. */
export interface BucketShape {
  readonly layout: number;
  /** Distinct values, without `''` and `(other)`. */
  readonly values: number;
  readonly bytes: number;
}

/** Chunks of one bucket to be kept, and its shape then. */
export interface BucketChunks {
  readonly name: string;
  readonly shape: BucketShape;
  readonly chunks: readonly (readonly [chunk: number, data: Buffer])[];
}

/** What changes at once. */
export interface LocalChange {
  readonly deletedSites?: Iterable<string>;
  /** Names of buckets that go away. */
  readonly removed?: Iterable<string>;
  readonly put?: Iterable<BucketChunks>;
}

/**
 * The stored chunks that were needed so far, on local disk, so that the fold can read rows without waiting.
 * It is empty at every start, since others may have changed them meanwhile, and need not survive anything.
 */
export class LocalRows {
  private constructor(private readonly db: ReturnType<typeof openEnvironment>) {}

  static open(directory: string): LocalRows {
    rmSync(directory, { recursive: true, force: true });
    try {
      const options = { encoding: 'binary', keyEncoding: 'binary', compression: false } as const;
      return new LocalRows(openEnvironment({ path: directory, noSync: true, ...options }));
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** `undefined` = the bucket has no rows. */
  shape(name: string): BucketShape | undefined {
    const bytes: Buffer | undefined = this.db.get(keyOf(name, SHAPE));
    if (bytes === undefined) return undefined;
    return {
      layout: bytes.readDoubleBE(0),
      values: bytes.readUInt32BE(8),
      bytes: bytes.readDoubleBE(12),
    };
  }

  chunk(name: string, chunk: number): Buffer | undefined {
    return this.db.get(keyOf(name, chunk));
  }

  /** All chunks of a bucket. */
  *chunks(name: string): Iterable<Buffer> {
    const shape = this.shape(name);
    const count = shape === undefined ? 0 : chunksOf(shape.layout);
    for (let number = 0; number < count; number += 1) yield this.chunk(name, number) as Buffer;
  }

  row(bucket: BucketKey, value: string): Uint8Array | undefined {
    const name = bucketName(bucket);
    const shape = this.shape(name);
    if (shape === undefined) return undefined;
    const chunk = this.chunk(name, chunkOf(value, chunksOf(shape.layout)));
    return chunk && findRow(chunk, value);
  }

  values(bucket: BucketKey): Iterable<string> {
    const values: string[] = [];
    for (const chunk of this.chunks(bucketName(bucket))) {
      visitChunk(chunk, (value) => values.push(value));
    }
    return values;
  }

  change({ deletedSites = [], removed = [], put = [] }: LocalChange): void {
    const { db } = this;
    try {
      db.transactionSync(() => {
        for (const siteId of deletedSites) this.removeSite(siteId);
        for (const name of removed) this.remove(name);
        for (const { name, shape, chunks } of put) {
          db.put(keyOf(name, SHAPE), bytesOf(shape));
          for (const [chunk, data] of chunks) db.put(keyOf(name, chunk), data);
        }
      });
    } catch (error) {
      throw toStoreError(error);
    }
  }

  async close(): Promise<void> {
    await this.db.close();
  }

  private remove(name: string): void {
    const shape = this.shape(name);
    const count = shape === undefined ? 0 : chunksOf(shape.layout);
    for (let number = 0; number < count; number += 1) this.db.remove(keyOf(name, number));
    this.db.remove(keyOf(name, SHAPE));
  }

  private removeSite(siteId: string): void {
    const range = { start: Buffer.from(`${siteId}\0`), end: Buffer.from(`${siteId}\u0001`) };
    for (const key of this.db.getKeys(range)) this.db.remove(key);
  }
}

function keyOf(name: string, chunk: number): Buffer {
  const length = Buffer.byteLength(name);
  const key = Buffer.allocUnsafe(length + 4);
  key.write(name);
  key.writeUInt32BE(chunk, length);
  return key;
}

function bytesOf({ layout, values, bytes }: BucketShape): Buffer {
  const shape = Buffer.allocUnsafe(SHAPE_BYTES);
  shape.writeDoubleBE(layout, 0);
  shape.writeUInt32BE(values, 8);
  shape.writeDoubleBE(bytes, 12);
  return shape;
}

/** A whole bucket as it is stored, as it is kept. */
export function keptChunks(name: string, stored: readonly StoredChunk[]): BucketChunks {
  let [values, bytes] = [0, 0];
  for (const { data } of stored) {
    bytes += data.length;
    visitChunk(data, (value) => {
      if (isCounted(value)) values += 1;
    });
  }
  const { layout } = stored[0] as StoredChunk;
  const chunks = stored.map(({ chunk, data }) => [chunk, data] as const);
  return { name, shape: { layout, values, bytes }, chunks };
}
