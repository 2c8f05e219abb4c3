import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Unsent } from '../../tracker/src/delivery/unsent.js';
import type { WireBatch } from '../../tracker/src/wire.js';

/** What waits on a disk: keys are properties, as in a browser; `between` runs before each access. */
function storageOf(between: () => void): Record<string, string> {
  const methods = {
    getItem: (key: string) => items[key] ?? null,
    setItem: (key: string, text: string) => {
      items[key] = text;
    },
    removeItem: (key: string) => {
      delete items[key];
    },
  };
  const items: Record<string, string> = {};
  return new Proxy(items, {
    get(_, key: keyof typeof methods) {
      between();
      return methods[key] ?? items[key];
    },
    set(_, key: string, text: unknown) {
      between();
      items[key] = String(text);
      return true;
    },
    ownKeys() {
      between();
      return Object.keys(items);
    },
  });
}

const batch = (id: number): WireBatch => ({
  v: 1,
  s: 'shop',
  b: String(id),
  t: id,
  k: 1,
  e: [{ i: `e${id}`, n: 'page_view', t: Date.now() }],
});

describe('batches that wait, in two tabs', () => {
  const root = globalThis as { localStorage?: unknown };
  let between = () => {};
  beforeEach(() => {
    root.localStorage = storageOf(() => between());
  });
  afterEach(() => {
    between = () => {};
    delete root.localStorage;
  });

  it('are not lost, whenever the other tab adds or removes one', () => {
    const step = fc.record({ adds: fc.boolean(), id: fc.integer({ min: 1, max: 4 }) });
    const mine = fc.array(step, { minLength: 1, maxLength: 8 });
    const theirs = fc.array(fc.record({ after: fc.nat(12), step }), { maxLength: 6 });
    const act = (tab: Unsent, { adds, id }: { adds: boolean; id: number }, base: number) =>
      adds ? tab.append(batch(base + id)) : tab.remove(String(base + id));
    fc.assert(
      fc.property(mine, theirs, (own, other) => {
        between = () => {};
        root.localStorage = storageOf(() => between());
        const [one, two] = [new Unsent('hindsight'), new Unsent('hindsight')];
        const expected = new Set<string>();
        const note = ({ adds, id }: { adds: boolean; id: number }, base: number) =>
          adds ? expected.add(String(base + id)) : expected.delete(String(base + id));
        const waiting = [...other];
        let left = waiting[0]?.after ?? 0;
        between = () => {
          const next = waiting[0];
          if (next === undefined || left-- > 0) return;
          waiting.shift();
          left = waiting[0]?.after ?? 0;
          const resume = between;
          between = () => {};
          act(two, next.step, 10);
          note(next.step, 10);
          between = resume;
        };
        for (const each of own) {
          act(one, each, 100);
          note(each, 100);
        }
        between = () => {};
        expect(new Set(one.read().map(({ b }) => b))).toEqual(expected);
        const { localStorage } = globalThis as unknown as { localStorage: Record<string, string> };
        if (expected.size > 0) expect(localStorage['hindsight']).toBe('1');
      }),
      { numRuns: 3000 },
    );
  });

  it('are those of this tracker only, the oldest first', () => {
    const [ours, theirs] = [new Unsent('stats'), new Unsent('astats')];
    ours.append(batch(7));
    theirs.append(batch(8));
    ours.append(batch(3));
    expect(ours.read().map(({ b }) => b)).toEqual(['3', '7']);
    ours.remove('3');
    ours.remove('7');
    expect(ours.read()).toEqual([]);
    expect(theirs.read().map(({ b }) => b)).toEqual(['8']);
  });
});
