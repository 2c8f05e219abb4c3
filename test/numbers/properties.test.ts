import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HUMAN, makeTraffic, seeded } from '../oracle/traffic.js';
import type { Arrival, OracleSite } from '../oracle/wire.js';
import { allRows, EVERYTHING, Product } from './product.testing.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-10-24T12:00:00Z');
const SITE: OracleSite = {
  id: 'site',
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  domains: ['example.com'],
  keyEvents: [{ name: 'purchase', event: 'purchase', page: null }],
};
const RUNS = { numRuns: 15 };

function traffic(seed: number, visitors = 25): Arrival[] {
  return makeTraffic({ seed, visitors, startAt: START, spanMs: 12 * HOUR });
}

async function fresh(): Promise<Product> {
  const product = await Product.with(SITE);
  product.now = START + 5 * 24 * HOUR;
  return product;
}

async function foldAll(arrivals: readonly Arrival[]): Promise<Product> {
  const product = await fresh();
  await product.arrive(arrivals);
  await product.startProjector();
  await product.fold();
  return product;
}

describe('the projection', () => {
  it('gives the same rows whenever it is stopped, killed and started again', async () => {
    const seeds = fc.integer({ min: 1, max: 1e6 });
    const cuts = fc.array(
      fc.record({ events: fc.integer({ min: 1, max: 40 }), killed: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(seeds, cuts, async (seed, stops) => {
        const arrivals = traffic(seed);
        const whole = await foldAll(arrivals);
        const product = await fresh();
        let at = 0;
        await product.startProjector();
        for (const { events, killed } of stops) {
          await product.arrive(arrivals.slice(at, at + events));
          at += events;
          await product.fold();
          // Some more is folded and never flushed: a process that dies here has written nothing of it.
          await product.arrive(arrivals.slice(at, at + 3));
          at += 3;
          if (killed) await product.foldWithoutFlush();
          await product.startProjector();
        }
        await product.arrive(arrivals.slice(at));
        await product.fold();
        expect(await allRows(product)).toEqual(await allRows(whole));
      }),
      RUNS,
    );
  });

  it('changes nothing when any batch comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async (seed) => {
        const arrivals = traffic(seed);
        const random = seeded(seed);
        const doubled = arrivals.flatMap((each) => (random() < 0.4 ? [each, each] : [each]));
        const [once, twice] = [await foldAll(arrivals), await foldAll(doubled)];
        expect(await allRows(twice)).toEqual(await allRows(once));
      }),
      RUNS,
    );
  });

  it('does not care in which order events arrive within the lateness allowance', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async (seed) => {
        const arrivals = traffic(seed).filter((each, index, all) => {
          const id = each.batch.e[0]?.i;
          return all.findIndex((other) => other.batch.e[0]?.i === id) === index;
        });
        // All arrive within a second, long after they happened: only their order differs.
        const receivedAt = START + 40 * HOUR;
        const atOnce = (list: Arrival[]) =>
          list.map((each): Arrival => {
            const event = each.batch.e[0];
            if (event === undefined) throw new Error('a batch without event');
            const t = receivedAt - (each.receivedAt - each.batch.t);
            const at = each.receivedAt - each.batch.t + event.t;
            const batch = { ...each.batch, t, e: [{ ...event, t: at - receivedAt + t }] };
            return { ...each, receivedAt, batch };
          });
        const random = seeded(seed + 1);
        const shuffled = arrivals
          .map((each) => [random(), each] as const)
          .sort(([a], [b]) => a - b)
          .map(([, each]) => each);
        const [one, other] = [await foldAll(atOnce(arrivals)), await foldAll(atOnce(shuffled))];
        expect(await allRows(other, false)).toEqual(await allRows(one, false));
      }),
      RUNS,
    );
  });

  it('loses and doubles nothing when the clock of the server jumps back and forth', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.array(fc.integer({ min: -40 * HOUR, max: 2 * HOUR }), { minLength: 1, maxLength: 5 }),
        async (seed, jumps) => {
          const honest = traffic(seed);
          const piece = Math.ceil(honest.length / jumps.length);
          const arrivals = honest.map((each, index) => {
            const jump = jumps[Math.floor(index / piece)] ?? 0;
            return { ...each, receivedAt: each.receivedAt + jump };
          });
          // Everything comes a second time, under whatever the clock says then.
          const all = [...arrivals, ...arrivals.toReversed()];
          const whole = await foldAll(all);
          const product = await fresh();
          for (let from = 0; from < all.length; from += 20) {
            await product.startProjector();
            await product.arrive(all.slice(from, from + 20));
            await product.fold();
          }
          expect(await allRows(product)).toEqual(await allRows(whole));
          const site = product.registry.view().sites.get('site');
          if (site === undefined) throw new Error('no site');
          const range = { from: '2026-10-15', to: '2026-10-30' };
          const question = { range, dimensions: [], bots: 'INCLUDE' as const };
          const { totals } = await product.reports.report(site, question, EVERYTHING);
          const ids = new Set(arrivals.flatMap(({ batch }) => batch.e.map(({ i }) => i)));
          expect(totals['events']).toBe(ids.size);
        },
      ),
      RUNS,
    );
  });

  it('stops a projector that was superseded before it can change a row', async () => {
    const arrivals = traffic(7);
    const product = await fresh();
    await product.arrive(arrivals);
    await product.startProjector();
    const zombie = product.takeRunners();
    await product.startProjector();
    await product.fold();
    const before = await allRows(product);
    for (const runner of zombie) {
      // Where folding took long, the step itself is the one that wants to flush.
      const flushed = runner.step().then(() => runner.flush());
      await expect(flushed).rejects.toMatchObject({ code: 'fenced' });
    }
    expect(await allRows(product)).toEqual(before);
  });
});

describe('distinct visitors above the exact limit', () => {
  it('stay within four standard deviations, also where sessions move from row to row', async () => {
    const random = seeded(99);
    const pages = ['/a', '/b', '/c'];
    const arrivals: Arrival[] = [];
    const exits = new Map<string, number>();
    for (let visitor = 0; visitor < 6000; visitor += 1) {
      let last = '';
      for (let view = 0; view < 3; view += 1) {
        last = pages[Math.floor(random() * 3)] as string;
        const t = START + view * 1000;
        const event = {
          i: `${visitor}-${view}`,
          n: 'page_view',
          t,
          u: `https://example.com${last}`,
        };
        const batch = { v: 1, s: 'site', b: 'b', t, c: `v${visitor}`, k: 1, e: [event] } as const;
        arrivals.push({ receivedAt: t, userAgent: HUMAN, batch: { ...batch, e: [event] } });
      }
      exits.set(last, (exits.get(last) ?? 0) + 1);
    }
    const product = await foldAll(arrivals.sort((a, b) => a.receivedAt - b.receivedAt));
    const site = product.registry.view().sites.get('site');
    if (site === undefined) throw new Error('no site');
    const range = { from: '2026-10-24', to: '2026-10-24' };
    const question = { range, dimensions: ['EXIT_PAGE'] };
    const { totals, rows } = await product.reports.report(site, question, EVERYTHING);
    expect(Math.abs((totals['visitors'] ?? 0) / 6000 - 1)).toBeLessThan(4 * 0.0082);
    for (const row of rows) {
      const truth = exits.get(row.dimensions[0]?.value ?? '') ?? 0;
      expect(Math.abs((row.metrics['visitors'] ?? 0) / truth - 1)).toBeLessThan(4 * 0.0163);
      expect(row.metrics['sessions']).toBe(truth);
    }
  });
});
