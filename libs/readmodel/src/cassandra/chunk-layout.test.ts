import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OTHER_VALUE } from '#domain';
import { bucketName } from '../bucket-key.js';
import { visitChunk } from '../embedded/chunk.js';
import { chunksFor, chunksOf, layoutOf, type StoredChunk, visitValid } from './chunk-layout.js';
import { LocalRows } from './local-rows.js';
import { mergeBucket } from './merge-bucket.js';

const base = mkdtempSync(join(tmpdir(), 'hindsight-chunks-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;
const openRows = () => {
  count += 1;
  return LocalRows.open(join(base, String(count)));
};

const BUCKET = {
  siteId: 'site',
  report: 'pages',
  kind: 'day',
  trafficClass: 'human',
  bucket: 20_000,
} as const;

const NOTHING_BEFORE = { isEmpty: false, isAhead: () => false };

describe('chunks of a bucket', () => {
  it('hold the rows that were put into it last, in layouts of any size', async () => {
    const value = fc.oneof(fc.constantFrom('', OTHER_VALUE, '/a'), fc.string({ unit: 'binary' }));
    const row = fc.tuple(
      value.filter((text) => text.isWellFormed()),
      fc.integer({ min: 0, max: 3000 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(row, { minLength: 1 }), { maxLength: 12 }),
        async (all) => {
          const local = openRows();
          const expected = new Map<string, number>();
          for (const some of all) {
            const rows = new Map(some.map(([text, size]) => [text, Buffer.alloc(size, 1)]));
            for (const [text, bytes] of rows) expected.set(text, bytes.length);
            const context = { ...{ local, epoch: 3, chunkBytes: 256 }, ...NOTHING_BEFORE };
            const changed = mergeBucket(BUCKET, [...rows], context);
            local.change({ put: changed === null ? [] : [changed] });
          }
          const found = new Map<string, number>();
          for (const chunk of local.chunks(bucketName(BUCKET))) {
            visitChunk(chunk, (text, bytes) => found.set(text, bytes.length));
          }
          expect(found).toEqual(expected);
          for (const [text, size] of expected) expect(local.row(BUCKET, text)?.length).toBe(size);
          const values = [...expected.keys()].filter((text) => text !== '' && text !== OTHER_VALUE);
          const shape = local.shape(bucketName(BUCKET));
          expect(shape?.values ?? 0).toBe(values.length);
          await local.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('become more with the bytes, and no more than there are values', () => {
    const wanted = (before: number, bytes: number, values: number) =>
      chunksFor(before, { bytes, values }, 4096);
    expect(wanted(1, 4096, 100)).toBe(1);
    expect(wanted(1, 4097, 100)).toBe(2);
    expect(wanted(4, 100_000, 1000)).toBe(32);
    expect(wanted(1, 100_000, 3)).toBe(4);
    expect(wanted(8, 10, 3)).toBe(8);
    for (const chunks of [1, 2, 64, 65_536]) expect(chunksOf(layoutOf(77, chunks))).toBe(chunks);
  });
});

describe('the layout of a bucket that counts', () => {
  const stored = (epoch: number, of: number, written: readonly (readonly [number, number])[]) =>
    written.map(([chunk, at]): StoredChunk => {
      const layout = layoutOf(epoch, of);
      return {
        ...{ bucket: 1, shard: 0, layout, chunk },
        data: Buffer.alloc(0),
        written: BigInt(at),
      };
    });
  const chosen = (...layouts: StoredChunk[][]) => {
    const found: [number, number][] = [];
    visitValid(layouts.flat(), (chunks) => {
      found.push([chunks[0]?.layout as number, chunks.length]);
    });
    return found;
  };
  const OLD = stored(1, 2, [
    [0, 5],
    [1, 7],
  ]);

  it('is the only one, when it is whole', () => {
    expect(chosen(OLD)).toEqual([[layoutOf(1, 2), 2]]);
    expect(chosen(OLD.slice(1))).toEqual([]);
  });

  it('is not one that is being written', () => {
    const half = stored(2, 4, [
      [0, 9],
      [2, 9],
      [3, 9],
    ]);
    expect(chosen(OLD, half)).toEqual([[layoutOf(1, 2), 2]]);
    expect(chosen(OLD, [...half.slice(0, 1), ...stored(2, 4, [[1, 9]]), ...half.slice(1)])).toEqual(
      [[layoutOf(2, 4), 4]],
    );
  });

  it('is the one that was written last: a larger one may be of an owner that was fenced off', () => {
    const stale = stored(2, 4, [
      [0, 6],
      [1, 6],
      [2, 6],
      [3, 6],
    ]);
    expect(chosen(OLD, stale)).toEqual([[layoutOf(1, 2), 2]]);
  });

  it('is the later made of two that were written last, since the other may be half written', () => {
    const grown = stored(2, 1, [[0, 7]]);
    expect(chosen(OLD, grown)).toEqual([[layoutOf(2, 1), 1]]);
  });

  it('is found for every bucket and shard by itself', () => {
    const at = (bucket: number, shard: number) => OLD.map((each) => ({ ...each, bucket, shard }));
    const all = [...at(1, 0), ...at(1, 1), ...at(2, 0)];
    const found: string[] = [];
    visitValid(all, (chunks) => {
      found.push(chunks.map(({ bucket, shard }) => `${bucket}/${shard}`).join());
    });
    expect(found).toEqual(['1/0,1/0', '1/1,1/1', '2/0,2/0']);
  });
});
