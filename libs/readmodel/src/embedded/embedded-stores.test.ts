import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openEnvironment } from '#lmdb';
import { describeRefusalStore } from '../refusal-store.contract.js';
import { describeRegistry } from '../registry.contract.js';
import { describeReportStore, flushOf, rowKey } from '../report-store.contract.js';
import { encodeChunkKey } from '../row-key.js';
import { findRow, mergeChunk, visitChunk } from './chunk.js';
import { EmbeddedRefusalStore } from './embedded-refusal-store.js';
import { EmbeddedRegistry } from './embedded-registry.js';
import { EmbeddedReportStore } from './embedded-report-store.js';

const base = mkdtempSync(join(tmpdir(), 'hindsight-stores-'));
let count = 0;
let directory = '';
function fresh(): string {
  count += 1;
  directory = join(base, String(count));
  return directory;
}
afterAll(() => rmSync(base, { recursive: true, force: true }));

const reopen = async () => EmbeddedReportStore.open({ directory });
describeReportStore(
  'EmbeddedReportStore',
  async () => EmbeddedReportStore.open({ directory: fresh() }),
  {
    reopen,
  },
);
describeRegistry('EmbeddedRegistry', () => EmbeddedRegistry.open({ directory: fresh() }), {
  another: () => EmbeddedRegistry.open({ directory }),
});
describeRefusalStore('EmbeddedRefusalStore', async () =>
  EmbeddedRefusalStore.open({ directory: fresh() }),
);

describe('a read model of another version', () => {
  const target = { generation: 'g1', partition: 0, logId: 'log' };
  const makeOld = async () => {
    const store = EmbeddedReportStore.open({ directory: fresh() });
    const writer = await store.claim(target);
    await writer.commit(flushOf({ offset: 9, rows: [[rowKey(), Buffer.from('old')]] }));
    await store.close();
    const files = openEnvironment({ path: join(directory, 'readmodel'), maxDbs: 8 });
    await files.openDB('meta', { encoding: 'json' }).put('layout', 1);
    await files.close();
  };

  it('is dropped, so that it is folded again from the log', async () => {
    await makeOld();
    const renewed = EmbeddedReportStore.open({ directory });
    const writer = await renewed.claim(target);
    expect(writer.checkpoint.offset).toBe(0);
    expect(writer.row(rowKey(), '/a')).toBeUndefined();
    await renewed.close();
  });

  it('is nothing for a reader, who is told so', async () => {
    await makeOld();
    expect(() => EmbeddedReportStore.open({ directory, readOnly: true })).toThrow(
      'made by another version',
    );
  });
});

describe('chunk keys', () => {
  const key = fc.record({
    siteId: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
    report: fc.constantFrom('pages', 'page', 'pages-x'),
    kind: fc.constantFrom('day' as const, 'hour' as const),
    trafficClass: fc.constantFrom('human' as const, 'bot' as const),
    bucket: fc.integer({ min: -100_000, max: 200_000_000 }),
  });
  const numbers = fc.record({ shard: fc.nat(3), chunk: fc.nat(15) });

  it('are injective: two keys are alike only when everything in them is', () => {
    fc.assert(
      fc.property(key, key, numbers, numbers, (a, b, inA, inB) => {
        const isSame = JSON.stringify([a, inA]) === JSON.stringify([b, inB]);
        const alike = encodeChunkKey('g1', inA.shard, a, inA.chunk).equals(
          encodeChunkKey('g1', inB.shard, b, inB.chunk),
        );
        expect(alike).toBe(isSame);
      }),
    );
  });

  it('ascend with the bucket', () => {
    fc.assert(
      fc.property(fc.integer({ min: -99999 }), fc.integer({ min: -99999 }), (a, b) => {
        const order = Buffer.compare(
          encodeChunkKey('g1', 0, rowKey({ bucket: a }), 3),
          encodeChunkKey('g1', 0, rowKey({ bucket: b }), 1),
        );
        expect(order).toBe(a === b ? 1 : Math.sign(a - b));
      }),
    );
  });

  it('lead to chunks that keep every value apart, whatever it holds', () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 600 });
    fc.assert(
      fc.property(fc.uniqueArray(value), fc.array(value), (first, second) => {
        const rows = (values: string[], mark: string) =>
          new Map(values.map((each) => [each, Buffer.from(mark + each.length)]));
        const { bytes } = mergeChunk(undefined, [...rows(first, 'a')]);
        const merged = mergeChunk(Buffer.from(bytes), [...rows(second, 'b')]);
        const found = new Map<string, string>();
        visitChunk(merged.bytes, (each, row) => found.set(each, String(Buffer.from(row))));
        const expected = new Map([...rows(first, 'a'), ...rows(second, 'b')]);
        expect(found).toEqual(new Map([...expected].map(([each, row]) => [each, String(row)])));
        expect(merged.added.length).toBe(
          new Set(second.filter((each) => !first.includes(each))).size,
        );
        for (const each of expected.keys()) expect(findRow(merged.bytes, each)).toBeDefined();
      }),
    );
  });
});
