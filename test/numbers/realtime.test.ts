import { describe, expect, it } from '@jest/globals';
import { FIRST_GENERATION } from '#readmodel';
import { readRealtime } from '../../apps/query/src/reports/realtime.js';
import { factOf } from '../oracle/attributes.js';
import { makeTraffic } from '../oracle/traffic.js';
import { Product } from './product.testing.js';

const MINUTE = 60_000;
const SITE = {
  id: 'site',
  timeZone: 'Asia/Kolkata',
  currency: 'EUR',
  domains: ['example.com'],
  keyEvents: [],
};
const START = Date.parse('2026-06-01T12:00:30Z');
const WHERE = { generation: FIRST_GENERATION, siteId: 'site' };

describe('realtime', () => {
  it.each([1, 7, 30, 60])('has what people did in the last %i minutes', async (minutes) => {
    const arrivals = makeTraffic({ seed: 5, visitors: 80, startAt: START, spanMs: 80 * MINUTE });
    const now = START + 70 * MINUTE;
    const product = await Product.with(SITE);
    product.now = now;
    const known = arrivals.filter(({ receivedAt }) => receivedAt <= now);
    await product.startProjector();
    // In pieces, as it happens: every flush goes on from the rows of the one before.
    for (let from = 0; from < known.length; from += 25) {
      await product.arrive(known.slice(from, from + 25));
      await product.fold();
    }
    const answer = await readRealtime(product.store, WHERE, minutes, now);

    const last = Math.floor(now / MINUTE);
    const seen = new Set<string>();
    const facts = known
      .flatMap((arrival) => arrival.batch.e.map((event) => factOf(arrival, event, SITE)))
      .filter(({ id }) => !seen.has(id) && seen.add(id))
      .filter(({ kind }) => kind === 'human')
      .map((fact) => ({ ...fact, minute: Math.floor(fact.at / MINUTE) }))
      .filter(({ minute }) => minute > last - minutes && minute <= last);
    const count = (some: typeof facts) => ({
      visitors: new Set(some.map(({ visitor }) => visitor)).size,
      views: some.filter(({ isView }) => isView).length,
      events: some.length,
    });
    expect(facts.length).toBeGreaterThan(minutes === 1 ? 0 : 10);
    expect(answer).toMatchObject(count(facts));
    expect(
      answer.perMinute.map(({ visitors, views, events }) => ({ visitors, views, events })),
    ).toEqual(
      answer.perMinute.map(({ at }) =>
        count(facts.filter(({ minute }) => minute === Date.parse(at) / MINUTE)),
      ),
    );
    for (const { value, ...numbers } of answer.pages) {
      const { visitors, views } = count(facts.filter(({ page }) => page === value));
      expect({ value, ...numbers }).toEqual({ value, visitors, views });
    }
    // Every event is in one session, so that each list of sessions' values adds up to all views.
    const { views } = count(facts);
    for (const list of [answer.sources, answer.countries, answer.devices]) {
      expect(list.reduce((sum, row) => sum + row.views, 0)).toBe(views);
    }
  });
});
