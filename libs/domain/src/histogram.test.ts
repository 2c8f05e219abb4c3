import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CountTable } from './count-table.js';
import { bucketsOf, scrollCell, scrollDepthsOf, vitalCell, WEB_VITALS } from './distributions.js';
import { boundsOf, bucketOf, HISTOGRAM_BUCKETS, HISTOGRAM_ERROR } from './histogram.js';

const MOST = 1e8;
const value = fc.oneof(
  fc.double({ min: 0, max: MOST, noNaN: true }),
  fc.double({ min: 0, max: 8, noNaN: true }).map((exponent) => 10 ** exponent),
  fc.nat(MOST),
);

describe('buckets of a histogram', () => {
  it('hold what lies in their bounds, and their middle is near it', () => {
    fc.assert(
      fc.property(value, (each) => {
        const [above, upTo] = boundsOf(bucketOf(each));
        expect(each === 0 || above < each).toBe(true);
        expect(each).toBeLessThanOrEqual(upTo);
        const off = Math.abs((above + upTo) / 2 - each);
        const most = HISTOGRAM_ERROR * each + (each < 100 ? 0.5 : 0);
        expect(off).toBeLessThanOrEqual(most + 1e-6);
      }),
      { numRuns: 5000 },
    );
  });

  it('follow each other without a hole', () => {
    expect(boundsOf(0)).toEqual([0, 0]);
    for (let bucket = 1; bucket < HISTOGRAM_BUCKETS; bucket += 1) {
      const [above, upTo] = boundsOf(bucket);
      expect(above).toBe(boundsOf(bucket - 1)[1]);
      if (upTo === above) continue;
      expect(bucketOf(upTo)).toBe(bucket);
      expect(bucketOf(above)).toBeLessThan(bucket);
    }
    expect(boundsOf(HISTOGRAM_BUCKETS - 1)[1]).toBe(MOST);
    expect(bucketOf(MOST * 1000)).toBe(bucketOf(MOST));
  });

  it('have every threshold of the web vitals as a bound', () => {
    for (const { good, poor, scale } of WEB_VITALS) {
      for (const threshold of [good, poor]) {
        const units = threshold * scale;
        expect(boundsOf(bucketOf(units))[1]).toBe(units);
        expect(bucketOf(units * (1 + 1e-12))).toBe(bucketOf(units) + 1);
      }
    }
  });
});

describe('samples by cell', () => {
  it('of several distributions stay apart, and go again when they are taken away', () => {
    const cells = new CountTable();
    for (let vital = 0; vital < WEB_VITALS.length; vital += 1) {
      cells.add(vitalCell(vital, 0), 2);
      cells.add(vitalCell(vital, 1e300), 1 + vital);
    }
    cells.add(scrollCell(0), 1);
    cells.add(scrollCell(100), 7);
    for (let vital = 0; vital < WEB_VITALS.length; vital += 1) {
      expect(bucketsOf(cells, vital)).toEqual([
        [0, 2],
        [bucketOf(MOST), 1 + vital],
      ]);
    }
    expect(scrollDepthsOf(cells)).toEqual([
      [0, 1],
      [100, 7],
    ]);
    cells.add(scrollCell(100), -7);
    expect(scrollDepthsOf(cells)).toEqual([[0, 1]]);
  });
});
