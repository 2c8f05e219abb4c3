import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CountTable } from './count-table.js';
import { MergedRows } from './merged-rows.js';
import { COUNTER_COUNT } from './metrics.js';
import { type PackedRows, RowPacker } from './packed-rows.js';
import { decodeRow, encodeRow, newRow } from './row.js';
import { RowSum } from './row-sum.js';
import { ESTIMATE_SLACK, type RowsByValue, UNBOUNDED } from './rows-by-value.js';
import { VisitorUnion } from './visitor-union.js';

const PRECISION = 12;
const union = new VisitorUnion();

/** One stored row of a value. */
interface Part {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** Keys spread as hashes are. */
function keyOf(visitor: number): number {
  return (mixed(visitor) & 0xffff) * 2 ** 32 + mixed(visitor + 1e6) + 1;
}

/** The last step of MurmurHash3: every bit of the number decides every bit of the result. */
function mixed(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Samples of a row by cell: some rows have none, some counts are below zero. */
function samplesOf(from: number): CountTable | null {
  if (from % 3 === 0) return null;
  const cells = new CountTable();
  for (let cell = 1; cell < from; cell += 300) cells.add(cell, (cell % 5) - 2);
  return cells;
}

function rowOf(from: number, count: number, retractable: boolean, again: number): Uint8Array {
  const row = newRow(PRECISION, retractable);
  row.cells = samplesOf(from);
  for (let visitor = from; visitor < from + count; visitor += 1) {
    for (let time = 0; time <= (visitor % 3 === 0 ? again : 0); time += 1) {
      row.visitors.add(keyOf(visitor));
    }
  }
  row.counters[0] = count;
  row.counters[4] = -(from % 5) * 1e9;
  row.counters[12] = from % 2;
  return encodeRow(row);
}

const part = fc.record({
  id: fc.nat(6),
  from: fc.nat(4000),
  count: fc.oneof(
    { weight: 6, arbitrary: fc.nat(20) },
    { weight: 2, arbitrary: fc.integer({ min: 900, max: 1100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 2000, max: 6000 }) },
  ),
  retractable: fc.boolean(),
  again: fc.nat(2),
});
const buckets = fc.array(fc.array(part, { maxLength: 6 }), { minLength: 1, maxLength: 6 });

function packed(parts: readonly Part[], packer = new RowPacker(PRECISION)): PackedRows {
  for (const { id, bytes } of parts) {
    // Somewhere within something larger, as in a chunk of the store.
    const around = Uint8Array.from([1, 2, 3, ...bytes, 9]);
    packer.add(id, around, 3, 3 + bytes.length);
  }
  return packer.take();
}

/** Sums of several tables as they should be, cells whose counts cancel left out. */
function entriesOf(tables: readonly (CountTable | null)[]): [number, number][] {
  const sums = new Map<number, number>();
  for (const table of tables) {
    table?.visitAll((cell, count) => sums.set(cell, (sums.get(cell) ?? 0) + count));
  }
  return [...sums].filter(([, count]) => count !== 0).sort(([a], [b]) => a - b);
}

function expectSums(rows: RowsByValue, all: readonly Part[]): void {
  expect([...rows.ids].sort()).toEqual([...new Set(all.map(({ id }) => id))].sort());
  for (const [row, id] of rows.ids.entries()) {
    const sum = new RowSum(PRECISION, true);
    for (const each of all) if (each.id === id) sum.add(each.bytes);
    const counters = new Array<number>(COUNTER_COUNT).fill(0);
    rows.addCounters(row, counters);
    expect(counters).toEqual(sum.counters);
    const cells = new CountTable();
    rows.addCells(row, cells);
    expect(entriesOf([cells])).toEqual(
      entriesOf(
        all
          .filter((each) => each.id === id)
          .map(({ bytes }) => decodeRow(bytes, PRECISION, true).cells),
      ),
    );
    const most = rows.most[row] as number;
    if (most !== UNBOUNDED) expect(most).toBeGreaterThanOrEqual(sum.visitors());
    if (most !== UNBOUNDED) expect(sum.exact).toBe(true);
    const answer = { count: sum.visitors(), isExact: sum.exact };
    // Before a union is formed, and after.
    expect(rows.bound(row, union) * ESTIMATE_SLACK).toBeGreaterThanOrEqual(answer.count);
    expect(rows.visitors(row, union)).toEqual(answer);
    expect(rows.bound(row, union) * ESTIMATE_SLACK).toBeGreaterThanOrEqual(answer.count);
    // A second time, from what was remembered.
    expect(rows.visitors(row, union)).toEqual(answer);
  }
}

describe('rows merged by value', () => {
  it('are the sums of the stored rows, however they are put together', () => {
    fc.assert(
      fc.property(buckets, fc.nat(6), (described, cut) => {
        const all = described.map((parts) =>
          parts.map(({ id, from, count, retractable, again }) => ({
            id,
            bytes: rowOf(from, count, retractable, again),
          })),
        );
        const packer = new RowPacker(PRECISION);
        const sources = all.map((parts) => packed(parts, packer));
        const flat = all.flat();
        expectSums(new MergedRows(sources, PRECISION, 7), flat);
        const run = new MergedRows(sources.slice(0, cut), PRECISION, 7, true);
        const rest = sources.slice(cut);
        expectSums(new MergedRows([run, ...rest], PRECISION, 7), flat);
        // What the run remembers of its unions leads to the same numbers, and so to the same bounds.
        expectSums(new MergedRows([...rest, run], PRECISION, 7), flat);
      }),
      { numRuns: 150 },
    );
  });

  it('of one bucket are told apart from those of a value with two rows', () => {
    const once = packed([{ id: 3, bytes: rowOf(1, 5, false, 0) }]);
    expect(once.isDistinct).toBe(true);
    expectSums(once, [{ id: 3, bytes: rowOf(1, 5, false, 0) }]);
    const packer = new RowPacker(PRECISION);
    const row = { id: 3, bytes: rowOf(1, 5, false, 0) };
    expect(packed([row, row], packer).isDistinct).toBe(false);
    expect(packed([row], packer).isDistinct).toBe(true);
  });

  it('are exact of the same few visitors again and again, and of many at once', () => {
    const again = Array.from({ length: 6 }, () =>
      packed([{ id: 0, bytes: rowOf(1, 1000, false, 0) }]),
    );
    for (const keeps of [false, true]) {
      const rows = new MergedRows(again, PRECISION, 1, keeps);
      expect(rows.visitors(0, union)).toEqual({ count: 1000, isExact: true });
    }
    const many = Array.from({ length: 9 }, (_, at) => rowOf(at * 900, 1000, false, 0));
    const sum = new RowSum(PRECISION, true);
    for (const bytes of many) sum.add(bytes);
    const sources = many.map((bytes) => packed([{ id: 0, bytes }]));
    const runs = [sources.slice(0, 3), sources.slice(3, 6)].map(
      (some) => new MergedRows(some, PRECISION, 1, true),
    );
    for (const run of runs) expect(run.visitors(0, union).isExact).toBe(true);
    const rows = new MergedRows([...runs, ...sources.slice(6)], PRECISION, 1);
    expect(rows.visitors(0, union)).toEqual({ count: sum.visitors(), isExact: false });
    expect(rows.visitors(0, union)).toEqual({ count: sum.visitors(), isExact: false });
  });

  it('of whom nobody is left are known to be empty', () => {
    const row = newRow(PRECISION, true);
    for (let visitor = 0; visitor < 2000; visitor += 1) row.visitors.add(keyOf(visitor));
    for (let visitor = 0; visitor < 2000; visitor += 1) row.visitors.add(keyOf(visitor), -1);
    const rows = packed([{ id: 0, bytes: encodeRow(row) }]);
    expect(rows.most[0]).toBe(0);
  });

  it('stay exact up to the limit of a union and not beyond', () => {
    for (const count of [4095, 4096, 4097]) {
      const sources = Array.from({ length: 5 }, (_, at) => {
        const share = Math.min(1000, count - at * 1000);
        return packed([{ id: 0, bytes: rowOf(at * 1000, Math.max(0, share), false, 0) }]);
      });
      const rows = new MergedRows(sources, PRECISION, 1);
      const { isExact, count: visitors } = rows.visitors(0, union);
      expect(isExact).toBe(count <= 4096);
      if (isExact) expect(visitors).toBe(count);
    }
  });
});
