import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryRegistry } from '#readmodel';
import { DailySalts } from './daily-salts.js';
import { SteadyClock } from './steady-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse('2026-03-10T00:00:00Z');

/** A machine: time goes by, and its clock is ahead of it or behind. */
class Machine {
  time = START;
  aheadMs = 0;
  /** Time that the clock which only runs did not see. */
  asleepMs = 0;
  readonly registry = new MemoryRegistry();
  salts = this.boot();

  /** A process that starts. */
  boot(): DailySalts {
    const startedAt = this.time - this.asleepMs;
    const wall = () => this.time + this.aheadMs;
    const running = () => this.time - this.asleepMs - startedAt;
    this.salts = new DailySalts(this.registry, new SteadyClock({ wall, running }));
    return this.salts;
  }

  /** Lets time go by, with a sweep every ten minutes and a hit every hour. */
  async run(durationMs: number): Promise<void> {
    for (const end = this.time + durationMs; this.time < end; this.time += 10 * MINUTE) {
      await this.salts.sweep();
      if ((this.time - START) % HOUR === 0) await this.salt();
    }
  }

  /** The salt that a hit gets now. */
  async salt(): Promise<string> {
    return (await this.salts.at(this.time + this.aheadMs)).toString('hex');
  }

  /** Whether there still is the salt of a day. */
  async has(day: string, salt: string): Promise<boolean> {
    return (await this.registry.saltOf(day)).toString('hex') === salt;
  }
}

describe('the salts of cookieless visitors', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
  });

  it('last for a day and are deleted when it began 48 hours ago', async () => {
    const first = await machine.salt();
    await machine.run(DAY - HOUR);
    expect(await machine.salt()).toBe(first);
    await machine.run(HOUR);
    expect(await machine.salt()).not.toBe(first);
    await machine.run(DAY - 10 * MINUTE);
    expect(await machine.has('2026-03-10', first)).toBe(true);
    await machine.run(20 * MINUTE);
    expect(await machine.has('2026-03-10', first)).toBe(false);
  });

  it('are deleted without a hit, too', async () => {
    const first = await machine.salt();
    for (; machine.time < START + 2 * DAY; machine.time += HOUR) await machine.salts.sweep();
    await machine.salts.sweep();
    expect(await machine.has('2026-03-10', first)).toBe(false);
  });

  it('survive a clock that jumps ahead by days and back; those it made up do not', async () => {
    await machine.run(3 * HOUR);
    const today = await machine.salt();
    machine.aheadMs = 5 * DAY;
    const madeUp = await machine.salt();
    expect(madeUp).not.toBe(today);
    await machine.run(8 * HOUR);
    machine.aheadMs = 0;
    expect(await machine.salt()).toBe(today);
    await machine.run(DAY + HOUR);
    expect(await machine.has('2026-03-15', madeUp)).toBe(false);
    await machine.run(2 * DAY);
    expect(await machine.has('2026-03-10', today)).toBe(false);
  });

  it('survive a machine that starts with a wrong clock', async () => {
    await machine.run(3 * HOUR);
    const today = await machine.salt();
    machine.aheadMs = 30 * DAY;
    machine.boot();
    await machine.run(40 * MINUTE);
    machine.aheadMs = 0;
    await machine.run(HOUR);
    expect(await machine.salt()).toBe(today);
  });

  it('are deleted a day after a machine that slept for days woke up, and an hour after a late start', async () => {
    const first = await machine.salt();
    await machine.run(2 * HOUR);
    machine.time += 5 * DAY;
    machine.asleepMs += 5 * DAY;
    await machine.run(DAY + 20 * MINUTE);
    expect(await machine.has('2026-03-10', first)).toBe(false);
    const second = await machine.salt();
    machine.time += 5 * DAY;
    machine.boot();
    await machine.run(HOUR + 20 * MINUTE);
    expect(await machine.has('2026-03-16', second)).toBe(false);
  });

  it('stay the same for a day, whatever its clock does in between for less than a day', async () => {
    const jump = fc.record({
      afterHours: fc.integer({ min: 1, max: 6 }),
      aheadDays: fc.integer({ min: -40, max: 40 }),
      forHours: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(jump, { maxLength: 12 }), async (jumps) => {
        const some = new Machine();
        const seen = new Map<string, string>();
        const check = async () => {
          const day = new Date(some.time).toISOString().slice(0, 10);
          const salt = await some.salt();
          expect(salt).toBe(seen.get(day) ?? salt);
          seen.set(day, salt);
        };
        for (const { afterHours, aheadDays, forHours } of jumps) {
          await some.run(afterHours * HOUR);
          await check();
          some.aheadMs = aheadDays * DAY;
          await some.run(forHours * HOUR);
          some.aheadMs = 0;
          await check();
        }
        // When the clock has run for long enough, nothing is left but what the last days need.
        await some.run(3 * DAY);
        const { contents } = some.registry as unknown as {
          contents: { salts: Map<string, string> };
        };
        expect(contents.salts.size).toBeLessThanOrEqual(3);
      }),
      { numRuns: 30 },
    );
  });
});
