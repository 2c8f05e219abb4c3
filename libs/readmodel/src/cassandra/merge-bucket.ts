import { type BucketKey, bucketName } from '../bucket-key.js';
import { type ChunkRow, isCounted, mergeChunk, spread, visitChunk } from '../embedded/chunk.js';
import { chunksFor, chunksOf, layoutOf } from './chunk-layout.js';
import type { BucketChunks, LocalRows } from './local-rows.js';

/** The chunks of a bucket that a flush changes. */
export interface ChangedBucket extends BucketChunks {
  readonly bucket: BucketKey;
  /** Whether all chunks are written anew, instead of fewer ones before. */
  readonly hasGrown: boolean;
}

/** What chunks are changed from. */
export interface MergeContext {
  readonly local: LocalRows;
  readonly epoch: number;
  /** Mean bytes from which on there are more chunks. */
  readonly chunkBytes: number;
  /** Whether nothing is left of what the bucket held. */
  readonly isEmpty: boolean;
  /** Chunks that stay as they are. */
  readonly isAhead: (name: string, chunk: number) => boolean;
}

/** Puts changed rows into the chunks of their bucket; `null` when all of these stay as they are. */
export function mergeBucket(
  bucket: BucketKey,
  rows: readonly ChunkRow[],
  { local, epoch, chunkBytes, isEmpty, isAhead }: MergeContext,
): ChangedBucket | null {
  const name = bucketName(bucket);
  const before = isEmpty ? undefined : local.shape(name);
  const count = before === undefined ? 1 : chunksOf(before.layout);
  let { values, bytes } = before ?? { values: 0, bytes: 0 };
  const chunks: [number, Buffer][] = [];
  for (const [chunk, some] of spread(rows, count).entries()) {
    if (some === undefined || some.length === 0 || isAhead(name, chunk)) continue;
    const old = before === undefined ? undefined : local.chunk(name, chunk);
    const merged = mergeChunk(old, some);
    for (const [value] of merged.added) if (isCounted(value)) values += 1;
    bytes += merged.bytes.length - (old?.length ?? 0);
    chunks.push([chunk, Buffer.from(merged.bytes)]);
  }
  if (chunks.length === 0) return null;
  const wanted = chunksFor(count, { bytes, values }, chunkBytes);
  if (wanted === count) {
    const layout = before?.layout ?? layoutOf(epoch, count);
    return { bucket, name, shape: { layout, values, bytes }, chunks, hasGrown: false };
  }
  const changed = new Map(chunks);
  const all: ChunkRow[] = [];
  for (let chunk = 0; chunk < count; chunk += 1) {
    const data = changed.get(chunk) ?? (local.chunk(name, chunk) as Buffer);
    visitChunk(data, (value, row) => all.push([value, row]));
  }
  const shape = { layout: layoutOf(epoch, wanted), values, bytes };
  const anew = Array.from(spread(all, wanted), (some, chunk): [number, Buffer] => [
    chunk,
    Buffer.from(mergeChunk(undefined, some ?? []).bytes),
  ]);
  return { bucket, name, shape, chunks: anew, hasGrown: before !== undefined };
}
