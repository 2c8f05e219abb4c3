import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeRefusalStore } from '../refusal-store.contract.js';
import { describeRegistry } from '../registry.contract.js';
import { describeReportStore, rowKey } from '../report-store.contract.js';
import { encodeRowKey } from '../row-key.js';
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

describe('row keys', () => {
  const key = fc.record({
    siteId: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
    report: fc.constantFrom('pages', 'page', 'pages-x'),
    kind: fc.constantFrom('day' as const, 'hour' as const),
    trafficClass: fc.constantFrom('human' as const, 'bot' as const),
    bucket: fc.integer({ min: -100_000, max: 200_000_000 }),
    value: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 900 }), fc.constant('')),
  });

  it('are injective: two keys are alike only when everything in them is', () => {
    fc.assert(
      fc.property(key, key, fc.nat(3), fc.nat(3), (a, b, shardA, shardB) => {
        const isSame = JSON.stringify([a, shardA]) === JSON.stringify([b, shardB]);
        const alike = encodeRowKey('g1', shardA, a).equals(encodeRowKey('g1', shardB, b));
        expect(alike).toBe(isSame);
      }),
    );
  });

  it('ascend with the bucket', () => {
    fc.assert(
      fc.property(fc.integer({ min: -99999 }), fc.integer({ min: -99999 }), (a, b) => {
        const order = Buffer.compare(
          encodeRowKey('g1', 0, rowKey({ bucket: a })),
          encodeRowKey('g1', 0, rowKey({ bucket: b })),
        );
        expect(order).toBe(Math.sign(a - b));
      }),
    );
  });
});
