import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '#events';
import { seeded } from '../../../test/oracle/traffic.js';
import { decodeRow, encodeRow, newRow } from './row.js';
import { RowSum } from './row-sum.js';
import { EXACT_VISITORS_MAX, VisitorSet } from './visitor-set.js';

const KEY_MAX = 2 ** 48 - 1;
const key = fc.integer({ min: 1, max: KEY_MAX });

function random(seed: number): () => number {
  const next = seeded(seed);
  return () => 1 + Math.floor(next() * (KEY_MAX - 1));
}

function bytesOf(set: VisitorSet): string {
  const writer = new ByteWriter();
  set.encode(writer, true);
  return Buffer.from(writer.copy()).toString('hex');
}

describe('VisitorSet', () => {
  it('takes back what was added, in any order, to the same bytes', () => {
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 60 }),
        fc.array(key, { maxLength: 60 }),
        (stay, leave) => {
          const straight = new VisitorSet(12, true);
          for (const each of stay) straight.add(each);
          const detour = new VisitorSet(12, true);
          for (const each of [...leave, ...stay]) detour.add(each);
          for (const each of leave) detour.add(each, -1);
          expect(bytesOf(detour)).toBe(bytesOf(straight));
        },
      ),
    );
  });

  it.each([[true], [false]])('keeps its bytes through decoding (retractable %s)', (retractable) => {
    for (const size of [0, 1, 5, EXACT_VISITORS_MAX, EXACT_VISITORS_MAX + 1, 20_000]) {
      const next = random(size + 1);
      const set = new VisitorSet(12, retractable);
      for (let n = 0; n < size; n += 1) set.add(next());
      expect(set.isExact).toBe(size <= EXACT_VISITORS_MAX);
      const text = bytesOf(set);
      const again = VisitorSet.decode(new ByteReader(Buffer.from(text, 'hex')), 12, retractable);
      expect(bytesOf(again)).toBe(text);
    }
  });

  it('takes a thousand sessions of one visitor back from a sketch', () => {
    const bare = new VisitorSet(12, true);
    const next = random(3);
    for (let n = 0; n < 3000; n += 1) bare.add(next());
    const text = bytesOf(bare);
    bare.add(77, 1000);
    expect(bytesOf(bare)).not.toBe(text);
    const again = VisitorSet.decode(new ByteReader(Buffer.from(bytesOf(bare), 'hex')), 12, true);
    for (const set of [bare, again]) {
      for (let n = 0; n < 1000; n += 1) set.add(77, -1);
      expect(bytesOf(set)).toBe(text);
    }
  });

  it('counts exactly up to the limit and within four standard errors above', () => {
    for (const [size, precision] of [
      [900, 12],
      [5000, 12],
      [100_000, 14],
    ] as const) {
      const row = newRow(precision, false);
      const seen = new Set<number>();
      const next = random(size);
      while (seen.size < size) {
        const each = next();
        seen.add(each);
        row.visitors.add(each);
      }
      const sum = new RowSum(precision, true);
      sum.add(encodeRow(row));
      if (size <= EXACT_VISITORS_MAX) expect(sum.visitors()).toBe(size);
      expect(Math.abs(sum.visitors() / size - 1)).toBeLessThan(
        4 * (1.04 / Math.sqrt(2 ** precision)),
      );
    }
  });

  it('counts a visitor of two rows once', () => {
    const [a, b] = [newRow(12, true), newRow(12, true)];
    for (const each of [1, 2, 3]) a.visitors.add(each);
    for (const each of [3, 4]) b.visitors.add(each);
    const sum = new RowSum(12, true);
    sum.add(encodeRow(a));
    sum.add(encodeRow(b));
    expect(sum.visitors()).toBe(4);
  });

  it('keeps every counter, negative and huge ones too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), { minLength: 13, maxLength: 13 }),
        (values) => {
          const row = newRow(12, true);
          values.forEach((value, index) => {
            row.counters[index] = value;
          });
          expect(decodeRow(encodeRow(row), 12, true).counters).toEqual(values);
        },
      ),
    );
  });
});
