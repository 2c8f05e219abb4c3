import { describe, expect, it } from '@jest/globals';
import { Arrivals } from './arrivals.js';

const LONG_MS = 1_000_000;

describe('Arrivals', () => {
  it('wakes everybody who waits, once', async () => {
    const arrivals = new Arrivals();
    const all = Promise.all([arrivals.wait(LONG_MS), arrivals.wait(LONG_MS)]);
    expect(arrivals.count).toBe(2);
    arrivals.wake();
    await all;
    expect(arrivals.count).toBe(0);
  });

  it('forgets whoever waited long enough', async () => {
    const arrivals = new Arrivals();
    for (let round = 0; round < 3; round += 1) await arrivals.wait(1);
    expect(arrivals.count).toBe(0);
  });

  it('remembers nothing: who comes after waits for the next', async () => {
    const arrivals = new Arrivals();
    arrivals.wake();
    const waiting = arrivals.wait(LONG_MS);
    expect(arrivals.count).toBe(1);
    arrivals.wake();
    await waiting;
  });
});
