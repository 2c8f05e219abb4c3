import { describe, expect, it } from '@jest/globals';
import { SharedRead } from './shared-read.js';

/** A reading that ends when it is told to, and says when each of its turns began. */
function controlled() {
  const turns: { readonly key: string; readonly end: (failure?: Error) => void }[] = [];
  const shared = new SharedRead((key) => {
    const number = turns.length + 1;
    return new Promise<string>((resolve, reject) => {
      const end = (failure?: Error) => (failure ? reject(failure) : resolve(`${key}${number}`));
      turns.push({ key: key as string, end });
    });
  });
  return { turns, shared };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a shared reading', () => {
  it('is made once for all who asked before it began', async () => {
    const { turns, shared } = controlled();
    const asked = [shared.get('a'), shared.get('a'), shared.get('b')];
    await settle();
    expect(turns.map(({ key }) => key)).toEqual(['a', 'b']);
    for (const { end } of turns) end();
    expect(await Promise.all(asked)).toEqual(['a1', 'a1', 'b2']);
  });

  it('gives nobody what was read before he asked', async () => {
    const { turns, shared } = controlled();
    const first = shared.get('a');
    await settle();
    const later = [shared.get('a'), shared.get('a')];
    await settle();
    expect(turns.length).toBe(1);
    turns[0]?.end();
    expect(await first).toBe('a1');
    await settle();
    expect(turns.length).toBe(2);
    turns[1]?.end();
    expect(await Promise.all(later)).toEqual(['a2', 'a2']);
  });

  it('that fails is told to those who asked for it, and the next is made', async () => {
    const { turns, shared } = controlled();
    const first = shared.get('a');
    await settle();
    const later = shared.get('a');
    turns[0]?.end(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settle();
    turns[1]?.end();
    expect(await later).toBe('a2');
    const again = shared.get('a');
    await settle();
    turns[2]?.end();
    expect(await again).toBe('a3');
  });
});
