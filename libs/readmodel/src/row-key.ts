import { createHash } from 'node:crypto';
import { BUCKET_KINDS, TRAFFIC_CLASSES } from '#domain';
import type { RowQuery } from './report-store.js';
import type { RowKey } from './row.js';

/** Longest value, in bytes, that a key holds as it is; LMDB keys end at 1,978 bytes. */
const VALUE_BYTES_MAX = 400;
/** How much of a longer value stands before its hash, for the order of keys. */
const VALUE_PREFIX_BYTES = 300;
/** Buckets are shifted so that none before 1970 is negative, which would break the order of bytes. */
const BUCKET_BIAS = 2 ** 47;
const END = Buffer.from([0]);

/**
 * Bytes of a row's key: generation, site, report, kind, class, bucket, then value and shard. Each text
 * before the value ends with a zero byte that it cannot hold itself, so that no two keys are alike.
 */
export function encodeRowKey(generation: string, shard: number, key: RowKey): Buffer {
  const head = encodePrefix(generation, key);
  const tail = Buffer.allocUnsafe(8);
  tail.writeUIntBE(key.bucket + BUCKET_BIAS, 0, 6);
  tail.writeUInt16BE(shard, 6);
  return Buffer.concat([head, tail.subarray(0, 6), encodeValue(key.value), tail.subarray(6)]);
}

/** Everything of a key before the bucket. */
export function encodePrefix(generation: string, key: Omit<RowKey, 'value' | 'bucket'>): Buffer {
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

/** Bucket of a key, given the length of its prefix. */
export function bucketAt(key: Buffer, prefixLength: number): number {
  return key.readUIntBE(prefixLength, 6) - BUCKET_BIAS;
}

/** A key as long as this or longer has its value in the row instead. */
function encodeValue(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length <= VALUE_BYTES_MAX) return Buffer.concat([Buffer.from([0]), bytes]);
  const hash = createHash('sha256').update(bytes).digest();
  return Buffer.concat([Buffer.from([1]), bytes.subarray(0, VALUE_PREFIX_BYTES), hash]);
}

/** Whether the value is too long for a key, so that the row has to hold it. */
export function isLongValue(value: string): boolean {
  return value.length > VALUE_BYTES_MAX / 3 && Buffer.byteLength(value) > VALUE_BYTES_MAX;
}

/** Value in a key, or `null` when the row holds it. */
export function valueIn(key: Buffer, prefixLength: number): string | null {
  const at = prefixLength + 6;
  return key[at] === 1 ? null : key.toString('utf8', at + 1, key.length - 2);
}
