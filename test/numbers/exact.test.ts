import { describe, expect, it } from '@jest/globals';
import { DIMENSIONS } from '#domain';
import { Oracle, type OracleMetrics, type OracleQuestion } from '../oracle/oracle.js';
import { makeTraffic } from '../oracle/traffic.js';
import type { OracleSite } from '../oracle/wire.js';
import { EVERYTHING, Product } from './product.testing.js';

const KEY_EVENTS = [
  { name: 'purchase', event: 'purchase', page: null },
  { name: 'shop sale', event: 'purchase', page: '/shop/**' },
  { name: 'blog view', event: 'page_view', page: '/blog/*' },
];
/** User agents are judged by one library in both: what they become is no matter of arithmetic. */
const BY_AGENT = new Set(['BROWSER', 'BROWSER_VERSION', 'OS', 'OS_VERSION', 'REGION', 'CITY']);
/** A percentile is the middle of a bucket: near the sample of its rank, never further than this. */
const P75_ERROR = 0.025;
/** Seconds, or CLS: below a hundred units of the histogram a bucket is one unit wide. */
const P75_LEAST = 1e-4;
const VALUES = DIMENSIONS.filter(({ name, scope }) => scope !== 'time' && !BY_AGENT.has(name));
const HOUR = 3_600_000;

const CASES = [
  { zone: 'Europe/Berlin', around: '2026-10-25T00:00:00Z', from: '2026-10-23', to: '2026-10-27' },
  {
    zone: 'America/New_York',
    around: '2026-03-08T06:00:00Z',
    from: '2026-03-06',
    to: '2026-03-10',
  },
  { zone: 'Asia/Kolkata', around: '2026-06-30T18:30:00Z', from: '2026-06-29', to: '2026-07-02' },
  {
    zone: 'Pacific/Tongatapu',
    around: '2026-12-31T10:00:00Z',
    from: '2026-12-30',
    to: '2027-01-02',
  },
  {
    zone: 'Australia/Lord_Howe',
    around: '2026-10-03T15:30:00Z',
    from: '2026-10-02',
    to: '2026-10-06',
  },
  { zone: 'UTC', around: '2026-02-28T23:00:00Z', from: '2026-02-27', to: '2026-03-02' },
];

function close(actual: OracleMetrics | undefined, expected: OracleMetrics, where: string): void {
  for (const [name, value] of Object.entries(expected)) {
    const got = actual?.[name];
    const isEstimate = name.endsWith('P75');
    const most = isEstimate ? Math.max(P75_LEAST, P75_ERROR * (value ?? 0)) + 1e-12 : 1e-9;
    const isSame = value === null || got == null ? got === value : Math.abs(got - value) <= most;
    if (!isSame) throw new Error(`${where}: ${name} is ${got}, expected ${value}`);
  }
}

async function compare(product: Product, oracle: Oracle, question: OracleQuestion, where: string) {
  const { from, to, dimension, time, bots } = question;
  const dimensions = [dimension, time].filter((each) => each !== null);
  const site = product.registry.view().sites.get('site');
  if (site === undefined) throw new Error('no site');
  const asked = { range: { from, to }, dimensions, bots, first: 1000 };
  const answer = await product.reports.report(site, asked, EVERYTHING);
  close(answer.totals, oracle.totals(question), `${where} totals`);
  const expected = oracle.rows(question);
  const actual = new Map<string, OracleMetrics>();
  for (const row of answer.rows) {
    const value = row.dimensions.find(({ name }) => name === dimension)?.value ?? '';
    const bucket = row.dimensions.find(({ name }) => name === time)?.value ?? '';
    actual.set(JSON.stringify([value, bucket]), row.metrics);
  }
  for (const [key, metrics] of expected) close(actual.get(key), metrics, `${where} ${key}`);
  for (const [key, metrics] of actual) {
    if (expected.has(key)) continue;
    // A series has every bucket of the range, zeros included; nothing else may be there.
    const isZero = dimension === null && metrics['events'] === 0 && metrics['sessions'] === 0;
    if (!isZero) throw new Error(`${where} ${key} should not be there: ${JSON.stringify(metrics)}`);
  }
  return answer;
}

describe('every number equals an independent recomputation', () => {
  it.each(CASES)('in $zone around $around', async ({ zone, around, from, to }) => {
    const site: OracleSite = {
      id: 'site',
      timeZone: zone,
      currency: 'EUR',
      domains: ['example.com'],
      keyEvents: KEY_EVENTS,
    };
    const startAt = Date.parse(around) - 12 * HOUR;
    for (const seed of [1, 2, 3]) {
      const arrivals = makeTraffic({ seed, visitors: 120, startAt, spanMs: 24 * HOUR });
      const product = await Product.with(site);
      product.now = Date.parse(around) + 3 * 24 * HOUR;
      await product.arrive(arrivals);
      await product.startProjector();
      await product.fold();
      const oracle = new Oracle(site, arrivals);
      for (const bots of ['EXCLUDE', 'INCLUDE', 'ONLY'] as const) {
        const base = { from, to, bots, dimension: null, time: null };
        for (const time of ['HOUR', 'DAY', 'WEEK', 'MONTH', 'HOUR_OF_WEEK']) {
          await compare(product, oracle, { ...base, time }, `seed ${seed} ${zone} ${bots} ${time}`);
        }
        for (const { name } of VALUES) {
          for (const time of [null, 'DAY', 'MONTH']) {
            const where = `seed ${seed} ${zone} ${bots} ${name} ${time}`;
            await compare(product, oracle, { ...base, dimension: name, time }, where);
          }
        }
      }
    }
  });

  it('by the hour where an hour comes twice', async () => {
    const site: OracleSite = {
      id: 'site',
      timeZone: 'Europe/Berlin',
      currency: 'EUR',
      domains: [],
      keyEvents: [],
    };
    const product = await Product.with(site);
    product.now = Date.parse('2026-10-26T00:00:00Z');
    await product.startProjector();
    const record = product.registry.view().sites.get('site');
    if (record === undefined) throw new Error('no site');
    const question = {
      range: { from: '2026-10-25', to: '2026-10-25' },
      dimensions: ['HOUR'],
      first: 100,
    };
    const { rows } = await product.reports.report(record, question, EVERYTHING);
    const labels = rows.map((row) => row.dimensions[0]?.value);
    expect(labels.length).toBe(25);
    expect(labels.slice(2, 4)).toEqual(['2026-10-25T02:00+02:00', '2026-10-25T02:00+01:00']);
  });
});
