import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitByBound } from './page-candidates.js';

/** A row with a count, a bound of it, and whether the count was asked for. */
function rowOf(count: number, slack: number | null) {
  const row = {
    count,
    visitorsAtMost: slack === null ? Number.POSITIVE_INFINITY : count + slack,
    isCounted: false,
    visitors: () => {
      row.isCounted = true;
      return count;
    },
  };
  return row;
}

describe('splitByBound', () => {
  const rows = fc.array(
    fc.record({
      count: fc.integer({ min: 0, max: 40 }),
      slack: fc.option(fc.integer({ min: 0, max: 20 }), { freq: 8 }),
    }),
    { maxLength: 120 },
  );

  it('never leaves out a row that belongs to the first ones', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 30 }), (all, needed) => {
        const given = all.map(({ count, slack }) => rowOf(count, slack));
        const { candidates, rest } = splitByBound(given, needed);
        expect(new Set([...candidates, ...rest]).size).toBe(given.length);
        const counts = candidates.map(({ count }) => count).sort((a, b) => b - a);
        const last = counts[needed - 1] ?? Number.POSITIVE_INFINITY;
        // Not even a tie, which the text of the value would decide.
        for (const { count } of rest) expect(count).toBeLessThan(last);
      }),
      { numRuns: 500 },
    );
  });

  it('counts few of many rows when few are asked for', () => {
    const given = Array.from({ length: 2000 }, (_, at) =>
      rowOf(Math.floor(50_000 / (at + 1)), at % 9),
    );
    const { candidates, rest } = splitByBound(given, 10);
    expect(candidates.length).toBeLessThan(60);
    expect(rest.some(({ isCounted }) => isCounted)).toBe(false);
  });
});
