import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Place, settle } from './sdk.testing.js';

const HALF_HOUR_MS = 30 * 60_000;

describe('what waits is sent', () => {
  it('after a while, or at once when there are many, in order and in one batch', async () => {
    const place = new Place();
    const { clock, collector } = place;
    const client = place.client();
    client.track('a', { plan: 'team' });
    client.track('b');
    await clock.pass(9_999);
    expect(collector.batches).toHaveLength(0);
    await clock.pass(1);
    expect(collector.batches).toMatchObject([
      {
        s: 'shop',
        k: 1,
        x: { z: 'Europe/Berlin' },
        e: [{ n: 'a', p: { plan: 'team' } }, { n: 'b' }],
      },
    ]);
    for (let n = 0; n < 20; n += 1) client.track(`c${n}`);
    await clock.pass(0);
    expect(collector.batches[1]?.e).toHaveLength(20);
    expect(collector.batches[1]?.x).toBeUndefined();
  });

  it('again with the same ids, less often the longer it fails, and not before the collector asked', async () => {
    const place = new Place();
    const { clock, collector } = place;
    const client = place.client();
    collector.answer = () => ({ status: 503, retryAfter: '60' });
    client.track('a');
    await clock.pass(10_000);
    await clock.pass(59_000);
    expect(collector.batches).toHaveLength(1);
    collector.answer = () => ({ status: 0 });
    await clock.pass(1500);
    expect(collector.batches).toHaveLength(2);
    collector.answer = () => ({ status: 202 });
    await clock.pass(60_000);
    const ids = collector.batches.map(({ e }) => e[0]?.i);
    expect(new Set(ids).size).toBe(1);
    expect(collector.batches.at(-1)).toMatchObject({ k: 1 | 32 });
    expect(collector.batches.at(-1)?.t).toBeGreaterThan(collector.batches[0]?.t as number);
    expect(collector.names).toEqual(['a']);
  });

  it('in halves when it is too large, and without the one that is', async () => {
    const place = new Place();
    const { collector } = place;
    collector.answer = ({ e }) =>
      e.length > 2 || e.some(({ n }) => n === 'large')
        ? { status: 413, body: '{"error":{"code":"too_large","message":"64 KiB at most"}}' }
        : { status: 202 };
    const client = place.client();
    for (const name of ['a', 'b', 'large', 'c', 'd']) client.track(name);
    await client.flush();
    expect(collector.names).toEqual(['a', 'b', 'c', 'd']);
    expect(place.problems).toMatchObject([{ code: 'refused', message: '64 KiB at most' }]);
  });

  it('but not what was refused, which is told', async () => {
    const place = new Place();
    place.collector.answer = ({ e }) => ({
      status: 202,
      body: JSON.stringify({ accepted: e.length - 1, refused: [{ event: 1, message: 'too old' }] }),
    });
    const client = place.client();
    for (const name of ['a', 'b', 'c']) client.track(name);
    await client.flush();
    const id = place.collector.batches[0]?.e[1]?.i;
    expect(place.problems).toEqual([{ code: 'refused', message: 'too old', eventId: id }]);
    await client.flush();
    expect(place.collector.batches).toHaveLength(1);
  });

  it('of one visitor in a batch, of several in several', async () => {
    const place = new Place();
    const client = place.client({}, false);
    client.track('a', {}, { visitorId: 'v1', userId: 'u1' });
    client.track('b', {}, { visitorId: 'v1', userId: 'u1' });
    client.track('c', {}, { visitorId: 'v2', at: 5 });
    await client.flush();
    expect(place.collector.batches).toMatchObject([
      { c: 'v1', m: 'u1', e: [{ n: 'a' }, { n: 'b' }] },
      { c: 'v2', e: [{ n: 'c', t: 5 }] },
    ]);
  });
});

describe('what waits is kept', () => {
  it('and sent by the next process, with the same ids, before anything new', async () => {
    const place = new Place();
    place.collector.isAnswerLost = true;
    const first = place.client();
    first.track('a');
    first.track('b');
    await first.flush();
    await place.clock.pass(200);
    place.collector.isAnswerLost = false;
    // It dies here; the collector has the events, and nobody knows it.
    const second = place.client();
    second.track('c');
    await second.flush();
    expect(place.collector.names).toEqual(['a', 'b', 'c']);
    expect(place.collector.batches.flatMap(({ e }) => e.map(({ n }) => n))).toContain('c');
    const [before, after] = place.collector.batches;
    expect(after?.e.slice(0, 2).map(({ i }) => i)).toEqual(before?.e.map(({ i }) => i));
    await place.clock.pass(200);
    expect(place.storage.texts.has('hindsight-unsent-shop')).toBe(false);
  });

  it('at once when the application is left', async () => {
    const place = new Place();
    place.collector.answer = () => ({ status: 0 });
    const client = place.client();
    await client.ready;
    client.track('a');
    place.lifecycle.move(false);
    await settle();
    expect(place.storage.texts.get('hindsight-unsent-shop')).toContain('"n":"a"');
    place.collector.answer = () => ({ status: 202 });
    place.lifecycle.move(true);
    await settle();
    expect(place.collector.names).toEqual(['a']);
  });

  it('within bounds: the oldest go, and it is told', async () => {
    const place = new Place();
    place.collector.answer = () => ({ status: 0 });
    const client = place.client({ eventsMax: 3 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) client.track(name);
    await client.flush();
    expect(place.problems.map(({ code }) => code)).toEqual(['dropped', 'dropped']);
    place.collector.answer = () => ({ status: 202 });
    await client.flush();
    expect(place.collector.names).toEqual(['c', 'd', 'e']);
    const large = place.client({ lengthMax: 1500 });
    for (let n = 0; n < 10; n += 1) large.track('x', { text: 'y'.repeat(400) });
    await large.flush();
    expect(place.problems.length).toBeGreaterThan(2);
  });

  it('no longer than a week', async () => {
    const place = new Place();
    place.collector.answer = () => ({ status: 0 });
    const first = place.client();
    first.track('old');
    const end = first.shutdown(200);
    await place.clock.pass(200);
    await end;
    expect(place.storage.texts.get('hindsight-unsent-shop')).toContain('"n":"old"');
    await place.clock.pass(8 * 86_400_000);
    place.collector.answer = () => ({ status: 202 });
    const second = place.client();
    second.track('new');
    await second.shutdown();
    expect(place.collector.names).toEqual(['new']);
    expect(place.storage.texts.has('hindsight-unsent-shop')).toBe(false);
  });

  it('in memory when the storage is broken or holds nonsense', async () => {
    const place = new Place();
    place.storage.texts.set('hindsight-unsent-shop', '{"not":"a list"}');
    place.storage.texts.set('hindsight-visitor', '{"id":7}');
    const client = place.client();
    client.track('a');
    await client.flush();
    place.storage.isBroken = true;
    const other = place.client();
    other.track('b');
    await other.flush();
    expect(place.collector.names).toEqual(['a', 'b']);
  });

  it('through any order of failures, lost answers and deaths: nothing lost, nothing counted twice', async () => {
    const step = fc.constantFrom(
      'track',
      'track',
      'fail',
      'lose',
      'answer',
      'pass',
      'die',
      'flush',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const place = new Place();
        const { collector, clock } = place;
        let client = place.client();
        await client.ready;
        const tracked: string[] = [];
        for (const each of [...steps, 'answer', 'die', 'flush']) {
          if (each === 'track') {
            tracked.push(`e${tracked.length}`);
            client.track(tracked.at(-1) as string);
          } else if (each === 'fail') collector.answer = () => ({ status: 503 });
          else if (each === 'lose') collector.isAnswerLost = true;
          else if (each === 'answer') {
            collector.answer = () => ({ status: 202 });
            collector.isAnswerLost = false;
          } else if (each === 'pass') await clock.pass(3000);
          else if (each === 'flush') await client.flush();
          else {
            await clock.pass(150);
            client = place.client();
            await client.ready;
          }
        }
        await settle();
        // Each id once, and in the order in which it happened.
        expect(collector.names).toEqual(tracked);
      }),
      { numRuns: 60, seed: 20261127 },
    );
  });
});

describe('shutting down', () => {
  it('sends all there is, and takes nothing more', async () => {
    const place = new Place();
    const client = place.client();
    for (let n = 0; n < 250; n += 1) client.track(`e${n}`);
    const rest = client.shutdown();
    await place.clock.pass(0);
    expect(await rest).toEqual({ unsent: 0 });
    expect(place.collector.names).toHaveLength(250);
    client.track('late');
    expect(place.problems).toMatchObject([{ code: 'dropped' }]);
  });

  it('tries again as long as it may, then says what is left and keeps it', async () => {
    const place = new Place();
    let failures = 2;
    place.collector.answer = () => ({ status: failures-- > 0 ? 503 : 202 });
    const client = place.client();
    client.track('a');
    const rest = client.shutdown(60_000);
    await place.clock.pass(60_000);
    expect(await rest).toEqual({ unsent: 0 });
    place.collector.answer = () => ({ status: 0 });
    const other = place.client();
    other.track('b');
    const left = other.shutdown(5000);
    await place.clock.pass(5000);
    expect(await left).toEqual({ unsent: 1 });
    expect(place.storage.texts.get('hindsight-unsent-shop')).toContain('"n":"b"');
  });

  it('ends in time also when the storage or the collector hangs', async () => {
    const hanging = new Place();
    hanging.storage.get = () => new Promise(() => {});
    const client = hanging.client();
    client.track('a');
    const first = client.shutdown(1000);
    await hanging.clock.pass(1000);
    expect(await first).toEqual({ unsent: 1 });
    const silent = new Place();
    silent.collector.send = () => new Promise(() => {});
    const other = silent.client();
    other.track('b');
    const second = other.shutdown(1000);
    await silent.clock.pass(1000);
    expect(await second).toEqual({ unsent: 1 });
    expect(silent.storage.texts.get('hindsight-unsent-shop')).toContain('"n":"b"');
  });
});

describe('who it is', () => {
  it('stays over starts; a session ends after half an hour without events', async () => {
    const place = new Place();
    const first = place.client();
    first.track('a');
    await first.flush();
    await place.clock.pass(HALF_HOUR_MS - 1000);
    const second = place.client();
    second.track('b');
    await second.flush();
    await place.clock.pass(HALF_HOUR_MS);
    second.track('c');
    await second.flush();
    const [a, b, c] = place.collector.batches;
    expect(a?.c).toMatch(/^[\w-]{1,64}$/);
    expect([b?.c, c?.c]).toEqual([a?.c, a?.c]);
    expect([a?.n?.[1], b?.n?.[1], c?.n?.[1]]).toEqual([1, 1, 2]);
    expect(second.getId()).toBe(a?.c);
    expect(second.getSessionId()).toBe(c?.n?.[0]);
    second.reset();
    second.track('d');
    await second.flush();
    expect(place.collector.batches.at(-1)?.c).not.toBe(a?.c);
  });

  it('is named, grouped, described and forgotten', async () => {
    const place = new Place();
    const client = place.client();
    client.set({ tenant: 'x' });
    client.identify('u7', { plan: 'team' });
    client.group('g1', { size: 3 });
    client.alias('u8');
    client.captureException(new RangeError('too far'));
    client.screen('Basket', { items: 2 });
    client.page();
    client.reset();
    client.track('after');
    await client.flush();
    const events = place.collector.batches.flatMap(({ e, m }) =>
      e.map(({ n, p }) => ({ n, p, m })),
    );
    expect(events).toMatchObject([
      { n: 'identify', m: 'u7', p: { plan: 'team', tenant: 'x' } },
      { n: 'group', p: { group_id: 'g1', size: 3 } },
      { n: 'alias', p: { alias: 'u8', user_id: 'u7' } },
      { n: 'exception', p: { description: 'RangeError: too far', fatal: false } },
      { n: 'screen_view', p: { screen_name: 'Basket', items: 2 } },
      { n: 'page_view' },
      { n: 'after', p: {} },
    ]);
    expect(events.at(-1)?.m).toBeUndefined();
  });
});

describe('consent', () => {
  it('nothing is stored or sent while it waits; granted, all of it goes', async () => {
    const place = new Place();
    const client = place.client({ consent: 'wait' });
    client.track('a');
    await client.flush();
    place.lifecycle.move(false);
    await place.clock.pass(60_000);
    expect(place.collector.batches).toEqual([]);
    expect(place.storage.texts.size).toBe(0);
    client.consent('granted');
    client.track('b');
    await client.flush();
    expect(place.collector.names).toEqual(['a', 'b']);
  });

  it('denied, nothing is left; or events go without ids where the site says so', async () => {
    const place = new Place();
    const client = place.client();
    client.track('a');
    await place.clock.pass(200);
    client.consent('denied');
    client.track('b');
    await client.flush();
    await place.clock.pass(60_000);
    expect(place.collector.batches).toEqual([]);
    expect([...place.storage.texts.keys()]).toEqual([]);
    const other = new Place();
    const anonymous = other.client({ consent: 'wait', denied: 'cookieless' });
    anonymous.identify('u1');
    anonymous.track('c');
    anonymous.consent('denied');
    await anonymous.flush();
    expect(other.collector.batches).toMatchObject([{ k: 2, e: [{ n: 'c' }] }]);
    expect(other.collector.batches[0]).not.toHaveProperty('c');
    expect(other.collector.batches[0]).not.toHaveProperty('m');
  });
});

describe('what cannot be meant', () => {
  it('is an error when a client is made, and told when an event is tracked', async () => {
    const place = new Place();
    expect(() => place.client({ site: '' })).toThrow('site must be');
    expect(() => place.client({ flushAt: 0 })).toThrow('flushAt must be an integer above 0');
    expect(() => place.client({ consent: 'perhaps' as 'wait' })).toThrow('consent must be');
    const client = place.client();
    client.track('', {});
    client.track('x'.repeat(65));
    client.track('a', { deep: {} as string });
    client.track('a', { text: 'x'.repeat(501) });
    client.track('a', Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`k${n}`, n])));
    client.track('a', {}, { value: 5 });
    client.track('a', {}, { value: Number.NaN, currency: 'EUR' });
    client.track('a', {}, { visitorId: 'with space' });
    expect(place.problems.map(({ code }) => code)).toEqual(Array(8).fill('bad_event'));
    client.beforeSend((event) => (event.n === 'dropped' ? false : { ...event, p: { by: 'hook' } }));
    client.beforeSend(() => {
      throw new Error('theirs');
    });
    client.track('dropped');
    client.track('kept', {}, { value: -5, currency: 'EUR' });
    await client.flush();
    expect(place.collector.batches[0]?.e).toMatchObject([
      { n: 'kept', p: { by: 'hook' }, $: { value: -5, currency: 'EUR' } },
    ]);
    expect(place.problems.at(-1)).toMatchObject({ code: 'hook_failed' });
  });
});
