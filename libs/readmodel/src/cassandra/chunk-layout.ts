/**
 * The rows of a bucket lie in chunks by the hash of their value. A chunk is one cell, so that a flush and a
 * reader handle tens of rows at once, and it is the unit of the row guard: all of it is complete to its write time.
 *
 * A bucket that has grown gets a new layout: all rows anew, in more chunks, under a number that nobody else
 * gives. The layout before stays as it is, so that whoever is interrupted has changed nothing, and is removed
 * when the flush has ended. A reader may find several, and takes the one that `visitValid` says.
 */
import type { Row } from './connection.js';

/**
 * Mean size from which on a bucket gets more chunks. For one changed row a whole chunk is written: a larger
 * one costs bytes with every flush, a smaller one statements, and time of readers.
 */
export const CHUNK_BYTES = 1024;
const CHUNKS_MAX = 1 << 16;
/** More than the binary logarithm of the most chunks. */
const LAYOUTS_PER_EPOCH = 32;

/** Number of the layout with so many chunks, a power of two, that an owner made. */
export function layoutOf(epoch: number, chunks: number): number {
  return epoch * LAYOUTS_PER_EPOCH + Math.log2(chunks);
}

/** Chunks of a layout. */
export function chunksOf(layout: number): number {
  return 2 ** (layout % LAYOUTS_PER_EPOCH);
}

/** Chunks for so many bytes and values when one should have `size`; never fewer than there were. */
export function chunksFor(
  before: number,
  { bytes, values }: { readonly bytes: number; readonly values: number },
  size: number,
): number {
  let chunks = before;
  while (chunks * size < bytes && chunks < values && chunks < CHUNKS_MAX) chunks *= 2;
  return chunks;
}

/** A chunk as it is stored. */
export interface StoredChunk {
  readonly bucket: number;
  readonly shard: number;
  readonly layout: number;
  readonly chunk: number;
  readonly data: Buffer;
  readonly written: bigint;
}

/** The columns of a `StoredChunk`, in any table that has chunks. */
export const CHUNK_COLUMNS = 'bucket, shard, layout, chunk, data, WRITETIME(data) AS written';

/** Makes sense of a row of `CHUNK_COLUMNS`. */
export function storedChunkOf(row: Row): StoredChunk {
  return {
    bucket: Number(row['bucket']),
    shard: row['shard'] as number,
    layout: Number(row['layout']),
    chunk: row['chunk'] as number,
    data: row['data'] as Buffer,
    written: row['written'] as bigint,
  };
}

/**
 * Calls `visit` with the chunks that count of every bucket and shard; `stored` is in the order of its key.
 *
 * A layout counts when all of its chunks are there: one that is not is being written, or its writer died. Of
 * several, the one that was written last counts. Of equal ones the later made: its owner wrote all of it for
 * that flush, whereas of the other only some chunks may have been reached.
 */
export function visitValid(
  stored: readonly StoredChunk[],
  visit: (chunks: readonly StoredChunk[]) => void,
): void {
  for (let from = 0; from < stored.length; ) {
    const first = stored[from] as StoredChunk;
    let best: readonly StoredChunk[] = [];
    let bestAt = 0n;
    while (isBeside(stored[from], first)) {
      const { layout, written } = stored[from] as StoredChunk;
      let at = written;
      let to = from + 1;
      while (isBeside(stored[to], first) && stored[to]?.layout === layout) {
        const each = stored[to] as StoredChunk;
        if (each.written > at) at = each.written;
        to += 1;
      }
      if (to - from === chunksOf(layout) && at >= bestAt) {
        best = stored.slice(from, to);
        bestAt = at;
      }
      from = to;
    }
    if (best.length > 0) visit(best);
  }
}

function isBeside(each: StoredChunk | undefined, { bucket, shard }: StoredChunk): boolean {
  return each?.bucket === bucket && each.shard === shard;
}
