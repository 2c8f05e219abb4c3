import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_TOKEN, batchOf, HUMAN_AGENT, RunningProduct } from './product.testing.js';

let product: RunningProduct;
let writeToken = '';
let readToken = '';
let foreignToken = '';

beforeAll(async () => {
  product = await RunningProduct.start();
  await product.createSite('shop', ['shop.example']);
  await product.createSite('other', ['other.example']);
  const token = async (role: string, siteIds: string[] | null) => {
    const input = { name: role, role, siteIds };
    const query = 'mutation ($input: CreateTokenInput!) { createToken(input: $input) { secret } }';
    return (await product.data<{ createToken: { secret: string } }>(query, { input })).createToken
      .secret;
  };
  writeToken = await token('WRITE', ['shop']);
  readToken = await token('READ', ['shop']);
  foreignToken = await token('WRITE', ['other']);
  await product.seen();
});
afterAll(() => product.stop());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error;

describe('POST /h', () => {
  it('answers 202, empty, for a good batch and for an array of batches', async () => {
    for (const body of [batchOf(), [batchOf(), batchOf()]]) {
      const response = await product.hit(body);
      expect(response.status).toBe(202);
      expect(await response.text()).toBe('');
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  it('takes application/json and gzip', async () => {
    const json = await product.hit(batchOf(), {
      'content-type': 'application/json; charset=utf-8',
    });
    expect(json.status).toBe(202);
    const body = gzipSync(JSON.stringify(batchOf()));
    expect((await product.hit(body, { 'content-encoding': 'gzip' })).status).toBe(202);
  });

  const long = 'x'.repeat(70_000);
  const events = (n: number) =>
    Array.from({ length: n }, (_, index) => ({
      i: `n${Math.random()}${index}`,
      n: 'a',
      t: Date.now(),
    }));
  const refused: [string, number, string, () => Promise<Response>][] = [
    ['no JSON', 400, 'bad_json', () => product.hit('{"v":')],
    ['an empty array', 400, 'bad_batch', () => product.hit([])],
    ['null', 400, 'bad_batch', () => product.hit('null')],
    ['another wire version', 400, 'bad_batch', () => product.hit(batchOf({ v: 2 }))],
    ['no sent-at', 400, 'bad_batch', () => product.hit(batchOf({ t: '1' }))],
    ['a visitor id with a space', 400, 'bad_batch', () => product.hit(batchOf({ c: 'a b' }))],
    ['session number 0', 400, 'bad_batch', () => product.hit(batchOf({ n: [1, 0] }))],
    ['a batch id of 65', 400, 'bad_batch', () => product.hit(batchOf({ b: 'x'.repeat(65) }))],
    ['a user id of 257', 400, 'bad_batch', () => product.hit(batchOf({ m: 'x'.repeat(257) }))],
    ['no events', 400, 'bad_batch', () => product.hit(batchOf({ e: [] }))],
    ['101 events', 413, 'too_many_events', () => product.hit(batchOf({ e: events(101) }))],
    ['an event id of 65', 400, 'bad_event', () => product.hit(batchOf({}, { i: 'x'.repeat(65) }))],
    ['a name of 65', 400, 'bad_event', () => product.hit(batchOf({}, { n: 'x'.repeat(65) }))],
    ['no name', 400, 'bad_event', () => product.hit(batchOf({}, { n: '' }))],
    [
      'engagement of more than a day',
      400,
      'bad_event',
      () => product.hit(batchOf({}, { d: 86_400_001 })),
    ],
    [
      'a property that is an object',
      400,
      'bad_event',
      () => product.hit(batchOf({}, { p: { a: {} } })),
    ],
    [
      'a property of 501',
      400,
      'bad_event',
      () => product.hit(batchOf({}, { p: { a: 'x'.repeat(501) } })),
    ],
    [
      'a currency that is none',
      400,
      'bad_event',
      () => product.hit(batchOf({}, { $: { value: 1, currency: 'QQQ' } })),
    ],
    [
      'money of 10⁹',
      400,
      'bad_event',
      () => product.hit(batchOf({}, { $: { value: 1e9, currency: 'EUR' } })),
    ],
    ['an unknown site', 404, 'unknown_site', () => product.hit(batchOf({ s: 'nowhere' }))],
    ['a body of 70 kB', 413, 'too_large', () => product.hit(batchOf({ junk: long }))],
    [
      '70 kB behind gzip',
      413,
      'too_large',
      () =>
        product.hit(gzipSync(JSON.stringify(batchOf({ junk: long }))), {
          'content-encoding': 'gzip',
        }),
    ],
    ['bad gzip', 400, 'bad_encoding', () => product.hit('no gzip', { 'content-encoding': 'gzip' })],
    ['brotli', 400, 'bad_encoding', () => product.hit('x', { 'content-encoding': 'br' })],
    [
      'a form',
      415,
      'bad_type',
      () => product.hit('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
    ],
    ['an unknown token', 401, 'bad_token', () => product.hit(batchOf(), bearer('hs_nope'))],
    ['a token that only reads', 403, 'forbidden', () => product.hit(batchOf(), bearer(readToken))],
    [
      'a token of another site',
      403,
      'forbidden',
      () => product.hit(batchOf(), bearer(foreignToken)),
    ],
    [
      'an override without a token',
      401,
      'needs_token',
      () => product.hit(batchOf({}, { ip: '192.0.2.1' })),
    ],
    [
      'the future, with a token',
      400,
      'bad_time',
      () => product.hit(batchOf({}, { t: Date.now() + 60_000 }), bearer(writeToken)),
    ],
    [
      '1999, with a token',
      400,
      'bad_time',
      () => product.hit(batchOf({}, { t: 946_684_799_999 }), bearer(writeToken)),
    ],
  ];
  it.each(refused)('refuses %s with %i %s', async (_what, status, code, send) => {
    const response = await send();
    expect(response.status).toBe(status);
    const error = await codeOf(response);
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(10);
  });

  it('judges batches and events one by one, and says so to a token', async () => {
    const good = batchOf({}, {});
    const mixed = [
      { ...good, e: [...good.e, { i: 'bad', n: 5, t: 1 }] },
      batchOf({ s: 'nowhere' }),
    ];
    const response = await product.hit(mixed, bearer(ADMIN_TOKEN));
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      accepted: 1,
      refused: [
        { batch: 0, event: 1, code: 'bad_event' },
        { batch: 1, code: 'unknown_site' },
      ],
    });
    expect((await product.hit([{ v: 9 }, batchOf()])).status).toBe(202);
  });

  it('lets a token send events of any age, whose, whence and with what', async () => {
    const t = Date.parse('2020-02-29T12:00:00Z');
    const event = {
      t,
      c: 'imported',
      ua: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
      ip: '192.0.2.7',
    };
    const response = await product.hit(batchOf({}, event), bearer(writeToken));
    expect(await response.json()).toEqual({ accepted: 1, refused: [] });
    await product.settled();
    const query =
      '{ site(id: "shop") { report(range: { from: "2020-02-29", to: "2020-02-29" }, dimensions: [DEVICE]) { totals { visitors } rows { dimensions { value } } } } }';
    expect(await product.data(query)).toEqual({
      site: { report: { totals: { visitors: 1 }, rows: [{ dimensions: [{ value: 'mobile' }] }] } },
    });
  });

  it('corrects the clock of the client', async () => {
    const now = Date.now();
    const day = new Date(now - 2 * 86_400_000).toISOString().slice(0, 10);
    const wrongNow = now + 5 * 3_600_000;
    await product.hit(
      batchOf({ t: wrongNow, c: 'skewed' }, { t: wrongNow - 2 * 86_400_000, n: 'skewed' }),
    );
    await product.settled();
    const query = `{ site(id: "shop") { report(range: { from: "${day}", to: "${day}" }, dimensions: [EVENT]) { rows { dimensions { value } metrics { events } } } } }`;
    expect(await product.data(query)).toEqual({
      site: { report: { rows: [{ dimensions: [{ value: 'skewed' }], metrics: { events: 1 } }] } },
    });
  });

  it('answers a duplicate with 202 and counts it once', async () => {
    const batch = batchOf({}, { n: 'twice' });
    for (let time = 0; time < 3; time += 1) expect((await product.hit(batch)).status).toBe(202);
    await product.settled();
    const query =
      '{ site(id: "shop") { report(range: { preset: TODAY }, dimensions: [EVENT], search: "twice") { rows { metrics { events } } } } }';
    expect(await product.data(query)).toEqual({
      site: { report: { rows: [{ metrics: { events: 1 } }] } },
    });
  });

  it('tells who has no cookie apart by address and user agent', async () => {
    const anonymous = (agent: string) =>
      product.hit(batchOf({ c: undefined }, { n: 'cookieless' }), { 'user-agent': agent });
    await anonymous('Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0');
    await anonymous('Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0');
    await anonymous('Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0');
    await product.settled();
    const query =
      '{ site(id: "shop") { report(range: { preset: TODAY }, dimensions: [EVENT], search: "cookieless") { rows { metrics { events visitors } } } } }';
    expect(await product.data(query)).toEqual({
      site: { report: { rows: [{ metrics: { events: 3, visitors: 2 } }] } },
    });
  });

  it('counts what it refused, by reason, for the owner of the site', async () => {
    await product.hit(batchOf({ s: 'other' }, { n: '' }));
    await product.settled();
    const query = '{ site(id: "other") { refusals { code count sample } } }';
    const { site } = await product.data<{ site: { refusals: { code: string; sample: string }[] } }>(
      query,
    );
    expect(site.refusals.find(({ code }) => code === 'bad_event')?.sample).toContain('n must be');
  });

  it('limits hits per address behind a trusted proxy, but not this machine', async () => {
    const limited = await RunningProduct.start({
      environment: { HINDSIGHT_RATE_LIMIT: '5', HINDSIGHT_TRUST_PROXY: '127.0.0.1' },
    });
    await limited.createSite('shop', ['shop.example']);
    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      const response = await limited.hit(batchOf(), { 'x-forwarded-for': '203.0.113.9' });
      statuses.push(response.status);
      if (response.status === 429)
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429]);
    for (let n = 0; n < 10; n += 1) expect((await limited.hit(batchOf())).status).toBe(202);
    await limited.stop();
  });
});

describe('GET /h/{siteId}.js', () => {
  it('is the tracker with the site written into it, cacheable and compressed', async () => {
    const response = await fetch(`${product.url}/h/shop.js`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('"shop"');
    const etag = response.headers.get('etag') ?? '';
    const again = await fetch(`${product.url}/h/shop.js`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect((await fetch(`${product.url}/h/nowhere.js`)).status).toBe(404);
  });

  it('is where the operator wants it, and the page says so', async () => {
    const elsewhere = await RunningProduct.start({ environment: { HINDSIGHT_HIT_PATH: 'go' } });
    await elsewhere.createSite('shop', ['shop.example']);
    const page = await (await fetch(`${elsewhere.url}/`)).text();
    expect(page).toContain('<meta name="hindsight-hit-path" content="go">');
    const script = await fetch(`${elsewhere.url}/go/shop.js`);
    expect(await script.text()).toContain('/go"');
    const headers = { 'user-agent': HUMAN_AGENT };
    const body = JSON.stringify(batchOf());
    const send = (path: string) =>
      fetch(`${elsewhere.url}/${path}`, { method: 'POST', headers, body });
    expect((await send('go')).status).toBe(202);
    expect((await send('h')).status).toBe(404);
    await elsewhere.stop();
  });
});
