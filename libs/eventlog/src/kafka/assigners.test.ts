import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { share } from './assigners.js';

describe('sharing partitions', () => {
  it('gives each partition to one member, evenly, and moves none without need', () => {
    const wishes = fc.array(fc.uniqueArray(fc.nat(15), { maxLength: 16 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), wishes, (partitions, lists) => {
        const given = share(partitions, new Map(lists.map((list, index) => [`m${index}`, list])));
        const sizes = [...given.values()].map((list) => list.length);
        expect([...given.values()].flat().sort((a, b) => a - b)).toEqual(
          Array.from({ length: partitions }, (_, partition) => partition),
        );
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(share(partitions, given)).toEqual(given);
      }),
    );
  });
});
