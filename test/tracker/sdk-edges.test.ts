import { describe, expect, it } from '@jest/globals';
import { ConsentGate } from '../../tracker/src/sdk/consent-gate.js';
import { Place, settle } from './sdk.testing.js';

/** Enough for one request of a hundred events each, far from one for each event. */
const REQUESTS_MAX = 40;

/** A place in which a process has died with one event unsent. */
async function leftBehind(): Promise<Place> {
  const place = new Place();
  place.collector.answer = () => ({ status: 0 });
  const first = place.client();
  first.track('left');
  const end = first.shutdown(200);
  await place.clock.pass(200);
  expect(await end).toEqual({ unsent: 1 });
  place.collector.answer = () => ({ status: 202 });
  place.collector.batches.length = 0;
  return place;
}

describe('what an earlier process left', () => {
  it('is sent by the next', async () => {
    const place = await leftBehind();
    await place.client().flush();
    expect(place.collector.names).toEqual(['left']);
  });

  it.each(['off', 'cookieless'] as const)(
    'is deleted where consent is denied from the start (%s)',
    async (denied) => {
      const place = await leftBehind();
      const next = place.client({ consent: 'denied', denied });
      await next.ready;
      await place.clock.pass(60_000);
      expect(place.collector.batches).toEqual([]);
      expect(place.storage.texts.has('hindsight-unsent-shop')).toBe(false);
    },
  );

  it('waits with everything else for consent, whatever is called', async () => {
    const place = await leftBehind();
    const next = place.client({ consent: 'wait' });
    await next.flush();
    place.lifecycle.move(true);
    await settle();
    expect(place.collector.batches).toEqual([]);
    next.consent('granted');
    await next.flush();
    expect(place.collector.names).toEqual(['left']);
  });

  it('is of one site: another one does not send it', async () => {
    const place = await leftBehind();
    await place.client({ site: 'other' }).flush();
    expect(place.collector.batches).toEqual([]);
  });
});

describe('edges', () => {
  it('an opt-out lets nothing through, whatever a refusal means', () => {
    const gate = new ConsentGate('granted', 'cookieless', 'granted');
    gate.close();
    gate.decide('granted');
    let passed = 0;
    gate.pass(() => {
      passed += 1;
    });
    expect(passed).toBe(0);
  });

  it('many visitors share requests', async () => {
    const place = new Place();
    const options = { eventsMax: 10_000, lengthMax: 1e7, flushAt: 100_000 };
    const client = place.client(options, false);
    for (let n = 0; n < 2000; n += 1) client.track('a', { n }, { visitorId: `v${n % 50}` });
    await client.flush();
    expect(place.collector.requests).toBeLessThan(REQUESTS_MAX);
    expect(place.collector.names).toHaveLength(2000);
    const visitors = new Set(place.collector.batches.map(({ c }) => c));
    expect(visitors.size).toBe(50);
  });

  it('an event of a clock that is ahead is put right once', async () => {
    const place = new Place();
    const date = new Date(place.clock.now() - 5000).toUTCString();
    const message = 't must lie between 2000-01-01 and now';
    const refusal = {
      status: 400,
      date,
      body: `{"error":{"code":"bad_time","message":"${message}"}}`,
    };
    let answers = 0;
    place.collector.answer = () => (answers++ === 0 ? refusal : { status: 202 });
    const client = place.client();
    client.track('a');
    await client.flush();
    expect(place.collector.names).toEqual(['a']);
    const [first, again] = place.collector.batches.map(({ e }) => e[0]);
    expect(again?.i).toBe(first?.i);
    expect((first?.t ?? 0) - (again?.t ?? 0)).toBeGreaterThanOrEqual(5000);
    place.collector.answer = () => refusal;
    client.track('b');
    await client.flush();
    expect(place.problems).toMatchObject([{ code: 'refused', message }]);
  });

  it('what the collector asked for holds for every way to send', async () => {
    const place = new Place();
    place.collector.answer = () => ({ status: 429, retryAfter: '60' });
    const client = place.client();
    client.track('a');
    await client.flush();
    await client.flush();
    place.lifecycle.move(true);
    await settle();
    expect(place.collector.batches).toHaveLength(1);
    place.collector.answer = () => ({ status: 202 });
    await place.clock.pass(61_000);
    expect(place.collector.names).toEqual(['a']);
  });

  it('a write that failed is made up for', async () => {
    const place = new Place();
    place.collector.answer = () => ({ status: 0 });
    const client = place.client();
    await client.ready;
    place.storage.isBroken = true;
    client.track('a');
    await place.clock.pass(200);
    place.storage.isBroken = false;
    client.track('b');
    await place.clock.pass(200);
    const stored = place.storage.texts.get('hindsight-unsent-shop') ?? '';
    expect(stored).toContain('"n":"a"');
    expect(stored).toContain('"n":"b"');
  });

  it('every session says where it comes from, once', async () => {
    const place = new Place();
    const client = place.client();
    for (const ms of [0, 1000, 31 * 60_000]) {
      await place.clock.pass(ms);
      client.track('a');
      await client.flush();
    }
    const told = place.collector.batches.map(({ x }) => x !== undefined);
    expect(told).toEqual([true, false, true]);
  });

  it('what is held is part of what a shutdown calls unsent', async () => {
    const place = new Place();
    const client = place.client({ consent: 'wait' });
    await client.ready;
    client.track('a');
    const end = client.shutdown(100);
    await place.clock.pass(100);
    expect(await end).toEqual({ unsent: 1 });
  });

  it('an agent or address without a token is told, not sent', async () => {
    const place = new Place();
    const client = place.client();
    client.track('a', {}, { userAgent: 'x' });
    await client.flush();
    expect(place.collector.batches).toEqual([]);
    expect(place.problems).toMatchObject([{ code: 'bad_event' }]);
  });
});
