import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, findBreakingChanges } from 'graphql';
import { batchOf, RunningProduct } from './product.testing.js';

let product: RunningProduct;
beforeAll(async () => {
  product = await RunningProduct.start();
  await product.createSite('shop', ['shop.example'], 'Europe/Berlin');
});
afterAll(() => product.stop());

const codes = async (query: string, token?: string) =>
  (await product.ask(query, {}, token)).errors?.map(({ extensions }) => extensions.code);
const report = (args: string, fields = 'totals { visitors }') =>
  `{ site(id: "shop") { report(range: { preset: TODAY }${args}) { ${fields} } } }`;

describe('the GraphQL API', () => {
  it('breaks nothing of the contract’s schema', () => {
    const read = (name: string) => buildSchema(readFileSync(`apps/query/${name}`, 'utf8'));
    expect(findBreakingChanges(read('schema.contract.graphql'), read('schema.graphql'))).toEqual(
      [],
    );
  });

  it('gives zeros and nulls for an empty site, never an error', async () => {
    const fields =
      'totals { visitors bounceRate revenue } rows { metrics { views } } rowCount meta { exact asOf }';
    const { site } = await product.data<{ site: { report: Record<string, unknown> } }>(
      report('', fields),
    );
    expect(site.report).toMatchObject({
      totals: { visitors: 0, bounceRate: null, revenue: 0 },
      rows: [],
      rowCount: 0,
      meta: { exact: true },
    });
  });

  it('has every bucket of a series, zeros included', async () => {
    const rows = 'rows { dimensions { value } metrics { visitors } }';
    const query = `{ site(id: "shop") { report(range: { from: "2026-10-24", to: "2026-10-26" }, dimensions: [HOUR], first: 100) { ${rows} } } }`;
    const { site } = await product.data<{ site: { report: { rows: unknown[] } } }>(query);
    expect(site.report.rows.length).toBe(73);
  });

  const bad: [string, string][] = [
    ['a filter', report(', filter: { dimension: PAGE, operator: IS, values: ["/"] }')],
    ['two dimensions', report(', dimensions: [PAGE, SOURCE]')],
    ['a dimension by the hour', report(', dimensions: [PAGE, HOUR]')],
    ['too many rows', report(', first: 1001')],
    ['a cursor that is none', report(', after: "x"')],
    [
      'an order by what was not asked',
      report(', dimensions: [PAGE], orderBy: [{ dimension: SOURCE }]'),
    ],
    [
      'a range back to front',
      '{ site(id: "shop") { report(range: { from: "2026-02-02", to: "2026-02-01" }) { rowCount } } }',
    ],
    [
      'a day that does not exist',
      '{ site(id: "shop") { report(range: { from: "2026-02-30", to: "2026-03-01" }) { rowCount } } }',
    ],
    ['half a range', '{ site(id: "shop") { report(range: { from: "2026-02-01" }) { rowCount } } }'],
    ['61 minutes', '{ site(id: "shop") { realtime(minutes: 61) { visitors } } }'],
    ['a field that does not exist', '{ nothing }'],
    ['no GraphQL at all', '{'],
    [
      'a zone that does not exist',
      'mutation { createSite(input: { name: "x", domains: ["a.example"], timeZone: "Mars/Base" }) { id } }',
    ],
    [
      'a domain with a scheme',
      'mutation { createSite(input: { name: "x", domains: ["https://a.example"] }) { id } }',
    ],
    [
      'an id with capitals',
      'mutation { createSite(input: { id: "X", name: "x", domains: ["a.example"] }) { id } }',
    ],
  ];
  it.each(bad)('answers %s with BAD_INPUT and a sentence', async (_what, query) => {
    const { errors } = await product.ask(query);
    expect(errors?.[0]?.extensions.code).toBe('BAD_INPUT');
    expect(errors?.[0]?.message.length).toBeGreaterThan(10);
    expect(JSON.stringify(errors)).not.toMatch(/node_modules|at .*\.js:/);
  });

  it('knows who may do what', async () => {
    const make = async (role: string) => {
      const query =
        'mutation ($input: CreateTokenInput!) { createToken(input: $input) { secret } }';
      const made = await product.data<{ createToken: { secret: string } }>(query, {
        input: { name: role, role, siteIds: ['shop'] },
      });
      return made.createToken.secret;
    };
    await product.createSite('other', ['other.example']);
    const [read, write] = [await make('READ'), await make('WRITE')];
    await product.seen();
    expect(await codes('{ sites { id } }', '')).toEqual(['UNAUTHENTICATED']);
    expect(await codes('{ sites { id } }', 'hs_wrong')).toEqual(['UNAUTHENTICATED']);
    expect(await codes('{ sites { id } }', write)).toEqual(['FORBIDDEN']);
    expect((await product.ask('{ sites { id } }', {}, read)).data).toEqual({
      sites: [{ id: 'shop' }],
    });
    const [foreign, missing] = [
      await product.ask('{ site(id: "other") { id } }', {}, read),
      await product.ask('{ site(id: "nowhere") { id } }', {}, read),
    ];
    expect(foreign.errors?.[0]).toMatchObject({
      message: missing.errors?.[0]?.message,
      extensions: { code: 'FORBIDDEN' },
    });
    expect(await codes('mutation { deleteSite(id: "shop") }', read)).toEqual(['FORBIDDEN']);
    expect(
      await codes(
        'mutation { createSite(input: { id: "shop", name: "x", domains: ["a.example"] }) { id } }',
      ),
    ).toEqual(['CONFLICT']);
    expect(await codes('mutation { revokeToken(id: "nope") }')).toEqual(['NOT_FOUND']);
    expect(await codes('mutation { startRebuild(input: {}) { id } }')).toEqual(['UNAVAILABLE']);
  });

  it('refuses what would cost too much before it runs', async () => {
    const many = Array.from(
      { length: 50 },
      (_, n) => `a${n}: report(range: { preset: TODAY }) { rowCount }`,
    );
    expect(await codes(`{ site(id: "shop") { ${many.join(' ')} } }`)).toEqual(['TOO_COMPLEX']);
    const bomb = Array.from(
      { length: 20 },
      (_, n) => `fragment f${n} on Site { ...f${n + 1} ...f${n + 1} }`,
    );
    const query = `{ site(id: "shop") { ...f0 } } ${bomb.join(' ')} fragment f20 on Site { id name }`;
    expect(await codes(query)).toEqual(['TOO_COMPLEX']);
  });

  it('lists its one live generation and what each number means', async () => {
    const query =
      '{ generations { id state progress { done total lag } } catalogue { metrics { name definition } dimensions { name metrics } } }';
    const answer = await product.data<{
      generations: object[];
      catalogue: { metrics: unknown[]; dimensions: { name: string; metrics: string[] }[] };
    }>(query);
    expect(answer.generations).toMatchObject([{ id: 'g1', state: 'LIVE' }]);
    expect(answer.catalogue.metrics.length).toBe(46);
    expect(answer.catalogue.dimensions.length).toBe(35);
    const title = answer.catalogue.dimensions.find(({ name }) => name === 'TITLE');
    expect(title?.metrics).not.toContain('ENTRIES');
  });

  it('forgets a deleted site, under traffic too, and starts it again from nothing', async () => {
    await product.createSite('brief', ['brief.example']);
    const send = () => product.hit(batchOf({ s: 'brief' }));
    for (let n = 0; n < 5; n += 1) await send();
    await product.settled();
    const during = Promise.all(Array.from({ length: 50 }, send));
    await product.data('mutation { deleteSite(id: "brief") }');
    for (const { status } of await during) expect([202, 404]).toContain(status);
    await product.seen();
    expect((await send()).status).toBe(404);
    await product.createSite('brief', ['brief.example']);
    await product.settled();
    const query =
      '{ site(id: "brief") { firstEventAt report(range: { preset: TODAY }) { totals { events } } } }';
    expect(await product.data(query)).toEqual({
      site: { firstEventAt: null, report: { totals: { events: 0 } } },
    });
    expect((await send()).status).toBe(202);
    await product.settled();
    expect(await product.data(query)).toMatchObject({
      site: { report: { totals: { events: 1 } } },
    });
  });

  it('sets up an administrator by the printed link, signs in and out', async () => {
    const fresh = await RunningProduct.start({ environment: { HINDSIGHT_ADMIN_TOKEN: '' } });
    // The link is printed a moment after the address.
    const printed = () => /\/setup#(\S+)\n/.exec(fresh.output.join(''))?.[1];
    while (printed() === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    const setupToken = printed() ?? '';
    expect(setupToken.length).toBeGreaterThan(30);
    const post = (query: string, cookie = '') =>
      fetch(`${fresh.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(cookie === '' ? {} : { cookie }) },
        body: JSON.stringify({ query }),
      });
    const input = `{ setupToken: "${setupToken}", name: "admin", password: "correct horse battery" }`;
    const made = await post(`mutation { createAdministrator(input: ${input}) { name role } }`);
    const cookie = (made.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(made.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/);
    expect(await (await post('{ viewer { name role } }', cookie)).json()).toEqual({
      data: { viewer: { name: 'admin', role: 'ADMIN' } },
    });
    const elsewhere = await fetch(`${fresh.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, origin: 'https://evil.example' },
      body: JSON.stringify({ query: '{ viewer { name } }' }),
    });
    expect(await elsewhere.json()).toEqual({ data: { viewer: null } });
    await post('mutation { signOut }', cookie);
    expect(await (await post('{ viewer { name } }', cookie)).json()).toEqual({
      data: { viewer: null },
    });
    await fresh.stop();
  });
});
