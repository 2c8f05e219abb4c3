import { describe, expect, it } from '@jest/globals';
import { changesOf } from './changes-of.js';

describe('changesOf', () => {
  it('gives the first value at once, then only what differs', async () => {
    const values = [1, 1, 2, 2, 2, 3];
    const changes = changesOf(async () => ({ n: values.shift() }), 1);
    expect([await changes.next(), await changes.next(), await changes.next()]).toEqual(
      [1, 2, 3].map((n) => ({ done: false, value: { n } })),
    );
    expect(values).toEqual([]);
  });

  it('stops reading when whoever listens is gone, also while nothing changes', async () => {
    let reads = 0;
    const changes = changesOf(async () => {
      reads += 1;
      return 'always the same';
    }, 1);
    await changes.next();
    const waiting = changes.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reads).toBeGreaterThan(1);
    await changes.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const before = reads;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reads).toBe(before);
  });
});
