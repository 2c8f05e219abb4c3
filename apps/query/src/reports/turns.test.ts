import { expect, it } from '@jest/globals';
import { Turns } from './turns.js';

it('gives one turn after the other, in order, and lets others in between', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const work = async (name: string) => {
    await turns.take();
    seen.push(name);
  };
  const other = () => {
    seen.push('other');
    if (seen.length < 6) setImmediate(other);
  };
  setImmediate(other);
  await Promise.all([work('a'), work('b'), work('c')]);
  expect(seen.filter((name) => name !== 'other')).toEqual(['a', 'b', 'c']);
  // Never two turns without a turn of the loop between them.
  for (const [index, name] of seen.entries()) {
    if (name !== 'other' && index > 0) expect(seen[index - 1]).toBe('other');
  }
});
