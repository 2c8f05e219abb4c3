import { describe, expect, it } from '@jest/globals';
import { recordOf } from '../event-log.contract.js';
import type { NewRecord } from '../event-log.js';
import { LingerBatcher } from './linger-batcher.js';

const textOf = ({ bytes }: NewRecord) => new TextDecoder().decode(bytes);

describe('LingerBatcher', () => {
  it('never has two requests on their way, and keeps the order', async () => {
    const sent: string[] = [];
    let underway = 0;
    const batcher = new LingerBatcher(async (records) => {
      underway += 1;
      expect(underway).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      sent.push(...records.map(textOf));
      underway -= 1;
    });
    const texts = Array.from({ length: 200 }, (_, index) => String(index));
    await Promise.all(
      texts.map(async (text, index) => {
        if (index % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
        return batcher.add([recordOf(0, text)]);
      }),
    );
    expect([...sent].sort()).toEqual([...texts].sort());
    expect(sent.length).toBe(200);
  });

  it('gives back everything that waits, in order, when one request fails', async () => {
    let calls = 0;
    const batcher = new LingerBatcher(async () => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error('away');
    });
    const returned: string[] = [];
    const add = (text: string) =>
      batcher.add([recordOf(0, text)]).catch(() => {
        returned.push(text);
      });
    const first = add('a');
    await new Promise((resolve) => setTimeout(resolve, 1));
    await Promise.all([first, add('b'), add('c')]);
    expect(returned).toEqual(['a', 'b', 'c']);
    expect(calls).toBe(1);
  });

  it('splits what is too large for one request', async () => {
    const sizes: number[] = [];
    const batcher = new LingerBatcher(async (records) => {
      sizes.push(records.length);
    });
    await batcher.add(Array.from({ length: 10_000 }, () => recordOf(0, 'x'.repeat(500))));
    expect(sizes.reduce((sum, each) => sum + each, 0)).toBe(10_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4000);
  });
});
