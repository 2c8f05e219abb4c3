import { describe, expect, it } from '@jest/globals';
import { Dedupe, DUPLICATE_WINDOW_MS } from './dedupe.js';
import type { StateSource } from './projection/source.js';

const HOUR = 3_600_000;

/** State as a store keeps it: what a flush wrote, sorted by key. */
class State implements StateSource {
  private readonly entries = new Map<string, Uint8Array>();
  state(key: string): Uint8Array | undefined {
    return this.entries.get(key);
  }
  *stateRange(prefix: string): Iterable<readonly [string, Uint8Array]> {
    const keys = [...this.entries.keys()].filter((key) => key.startsWith(prefix)).sort();
    for (const key of keys) yield [key, this.entries.get(key) as Uint8Array];
  }
  write(writes: Iterable<readonly [string, Uint8Array | null]>): void {
    for (const [key, bytes] of writes) {
      if (bytes === null) this.entries.delete(key);
      else this.entries.set(key, bytes);
    }
  }
  get size(): number {
    return this.entries.size;
  }
}

describe('Dedupe', () => {
  it('knows an id for exactly eight days, over flushes, closed hours and restarts', () => {
    const state = new State();
    let dedupe = new Dedupe(state);
    const start = 1000 * HOUR + 123;
    const ids = Array.from(
      { length: 3000 },
      (_, n) => [Math.imul(n, 0x9e3779b1) >>> 0, Math.imul(n, 0x85ebca6b) >>> 0] as const,
    );
    ids.forEach(([high, low], n) => {
      expect(dedupe.isDuplicate(high, low, start + n)).toBe(false);
      if (n % 500 === 0) state.write(dedupe.flush(start + n));
    });
    state.write(dedupe.flush(start + 2 * HOUR));
    for (const again of [() => dedupe, () => new Dedupe(state)]) {
      dedupe = again();
      ids.forEach(([high, low], n) => {
        expect(dedupe.isDuplicate(high, low, start + n + DUPLICATE_WINDOW_MS)).toBe(true);
      });
    }
    const [high, low] = ids[7] as readonly [number, number];
    expect(dedupe.isDuplicate(high, low, start + 7 + DUPLICATE_WINDOW_MS + 1)).toBe(false);
    expect(dedupe.isDuplicate(high, low, start + 8 + DUPLICATE_WINDOW_MS + 1)).toBe(true);
  });

  it('forgets what is too old to matter', () => {
    const state = new State();
    const dedupe = new Dedupe(state);
    for (let hour = 0; hour < 24 * 12; hour += 1) {
      for (let n = 0; n < 10; n += 1) dedupe.isDuplicate(hour, n, (1000 + hour) * HOUR);
      state.write(dedupe.flush((1000 + hour) * HOUR));
    }
    expect(state.size).toBeLessThan(24 * 8 + 10);
  });
});
