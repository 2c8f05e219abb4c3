import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ValueTable } from './value-table.js';

function add(table: ValueTable, text: string): number {
  const bytes = Buffer.from(`<${text}>`);
  return table.idOf(bytes, 1, bytes.length - 1);
}

describe('ValueTable', () => {
  it('gives every value one number and finds it again', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), text, (values, other) => {
        const table = new ValueTable();
        const ids = new Map<string, number>();
        for (const value of values) {
          const id = add(table, value);
          expect(id).toBe(ids.get(value) ?? ids.size);
          ids.set(value, id);
        }
        expect(table.count).toBe(ids.size);
        for (const [value, id] of ids) {
          expect(table.text(id)).toBe(value);
          expect(table.find(value)).toBe(id);
        }
        expect(table.find(other)).toBe(ids.get(other) ?? -1);
      }),
    );
  });

  it('keeps its numbers while it grows', () => {
    const table = new ValueTable();
    const before = table.size;
    for (let number = 0; number < 5000; number += 1)
      expect(add(table, `/page/${number}`)).toBe(number);
    for (let number = 0; number < 5000; number += 1) {
      expect(table.find(`/page/${number}`)).toBe(number);
      expect(table.text(number)).toBe(`/page/${number}`);
    }
    expect(table.size).toBeGreaterThan(before + 5000 * 10);
  });
});
