import { BUCKET_KINDS, TRAFFIC_CLASSES } from '#domain';
import type { BucketKey } from './bucket-key.js';
import type { RowQuery } from './report-store.js';

/** Buckets are shifted so that none before 1970 is negative, which would break the order of bytes. */
const BUCKET_BIAS = 2 ** 47;
const END = Buffer.from([0]);
/** Chunks that the rows of one bucket are spread over, by the hash of their value. */
export const CHUNKS = 16;
const CHUNK_TAIL_BYTES = 9;
/** In place of a chunk's number: what is kept of the whole bucket, the flush that last changed it. */
export const STAMP_CHUNK = 255;

/**
 * Key of a chunk: generation, site, report, kind, class, bucket, chunk, shard. Each text ends with a
 * zero byte that it cannot hold itself, so that no two keys are alike.
 */
export function encodeChunkKey(
  generation: string,
  shard: number,
  key: BucketKey,
  chunk: number,
): Buffer {
  const tail = Buffer.allocUnsafe(CHUNK_TAIL_BYTES);
  tail.writeUIntBE(key.bucket + BUCKET_BIAS, 0, 6);
  tail.writeUInt8(chunk, 6);
  tail.writeUInt16BE(shard, 7);
  return Buffer.concat([encodePrefix(generation, key), tail]);
}

/** Everything of a key before the bucket. */
export function encodePrefix(generation: string, key: Omit<BucketKey, 'bucket'>): Buffer {
  return Buffer.concat([
    sitePrefix(generation, key.siteId),
    Buffer.from(key.report),
    END,
    Buffer.from([BUCKET_KINDS.indexOf(key.kind), TRAFFIC_CLASSES.indexOf(key.trafficClass)]),
  ]);
}

/** Everything of a key before the report. */
export function sitePrefix(generation: string, siteId: string): Buffer {
  return Buffer.concat([Buffer.from(generation), END, Buffer.from(siteId), END]);
}

/** First key and first key beyond the rows of a query. */
export function rangeOf(query: RowQuery): { start: Buffer; end: Buffer } {
  const prefix = encodePrefix(query.generation, query);
  return { start: withBucket(prefix, query.from), end: withBucket(prefix, query.to + 1) };
}

function withBucket(prefix: Buffer, bucket: number): Buffer {
  const tail = Buffer.allocUnsafe(6);
  tail.writeUIntBE(bucket + BUCKET_BIAS, 0, 6);
  return Buffer.concat([prefix, tail]);
}

/** Bucket of a key. */
export function bucketAt(key: Buffer): number {
  return key.readUIntBE(key.length - CHUNK_TAIL_BYTES, 6) - BUCKET_BIAS;
}

/** Number of a key's chunk. */
export function chunkAt(key: Buffer): number {
  return key.readUInt8(key.length - 3);
}

/** Shard of a key: the log partition that its rows came from. */
export function shardAt(key: Buffer): number {
  return key.readUInt16BE(key.length - 2);
}
