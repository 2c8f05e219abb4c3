import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeRow, newRow, RowSum } from '#domain';
import { splitByBound } from './page-candidates.js';

/** A row of several buckets, each with the visitors of a list. */
function sumOf(buckets: readonly (readonly number[])[]): RowSum {
  const sum = new RowSum(12, true);
  for (const visitors of buckets) {
    const row = newRow(12, true);
    for (const visitor of visitors) row.visitors.add(visitor);
    sum.add(encodeRow(row));
  }
  return sum;
}

const visitors = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
const row = fc.array(visitors, { minLength: 1, maxLength: 5 });

describe('splitByBound', () => {
  it('never leaves out a row that belongs to the first ones, however visitors overlap', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 30 }),
        fc.integer({ min: 0, max: 8 }),
        (all, needed) => {
          const rows = all.map((buckets, at) => ({
            at: 0,
            value: String(at),
            sum: sumOf(buckets),
          }));
          const { candidates, rest } = splitByBound(rows, needed);
          expect(candidates.length + rest.length).toBe(rows.length);
          const truth = all.map((buckets) => new Set(buckets.flat()).size);
          const left = rest.map(({ value }) => truth[Number(value)] as number);
          const counts = candidates.map(({ value, sum }) => {
            expect(sum.visitors()).toBe(truth[Number(value)]);
            return sum.visitors();
          });
          const last = counts.sort((a, b) => b - a)[needed - 1] ?? Number.POSITIVE_INFINITY;
          // Not even a tie, which the text of the value would decide.
          for (const count of left) expect(count).toBeLessThan(last);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has bounds that hold for exact sets, sketches and both', () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => (from + index) * 7_919_777);
    for (const buckets of [
      [many(1, 3), many(2, 3)],
      [many(1, 900), many(500, 900), many(3000, 20)],
      [many(1, 3000), many(5000, 5)],
      [many(1, 900), many(2000, 900), many(4000, 900), many(6000, 900), many(8000, 900)],
    ]) {
      const sum = sumOf(buckets);
      const [least, most] = [sum.visitorsAtLeast, sum.visitorsAtMost];
      expect(least).toBeLessThanOrEqual(sum.visitors());
      expect(most).toBeGreaterThanOrEqual(sum.visitors());
    }
  });
});
