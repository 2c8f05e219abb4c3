import { describe, expect, it } from '@jest/globals';
import { HUMAN } from '../oracle/traffic.js';
import type { Arrival } from '../oracle/wire.js';
import { EVERYTHING, Product } from './product.testing.js';

const HOUR = 3_600_000;
const SITE = { id: 'site', timeZone: 'UTC', currency: 'EUR', domains: [], keyEvents: [] };

/** One visitor, one view, at an instant. */
function view(at: string, path: string, visitor: string): Arrival {
  const t = Date.parse(at);
  const event = { i: `${at}${path}${visitor}`, n: 'page_view', t, u: `https://example.com${path}` };
  return {
    receivedAt: t,
    userAgent: HUMAN,
    batch: { v: 1, s: 'site', b: 'b', t, c: visitor, k: 1, e: [event] },
  };
}

const ARRIVALS = [
  view('2026-06-01T03:10:00Z', '/a', 'v1'),
  view('2026-06-01T09:30:00Z', '/a', 'v2'),
  view('2026-06-01T20:00:00Z', '/b', 'v3'),
  view('2026-06-02T03:10:00Z', '/a', 'v1'),
  view('2026-06-02T09:20:00Z', '/c', 'v4'),
];

async function ask(question: object) {
  const product = await Product.with(SITE);
  product.now = Date.parse('2026-06-02T09:00:00Z') + HOUR / 2;
  await product.arrive(ARRIVALS);
  await product.startProjector();
  await product.fold();
  const site = product.registry.view().sites.get('site');
  if (site === undefined) throw new Error('no site');
  const range = { from: '2026-06-02', to: '2026-06-02' };
  return product.reports.report(site, { range, ...question }, EVERYTHING);
}

describe('a comparison', () => {
  it('has the period before whole, or cut to the hours that are over', async () => {
    const whole = await ask({ compare: { mode: 'PREVIOUS_PERIOD' } });
    expect(whole.totals['views']).toBe(2);
    expect(whole.previous?.['views']).toBe(3);
    expect(whole.meta).toMatchObject({
      previousFrom: '2026-06-01T00:00:00.000Z',
      previousTo: '2026-06-02T00:00:00.000Z',
    });
    const cut = await ask({ compare: { mode: 'PREVIOUS_PERIOD', cut: true } });
    expect(cut.previous?.['views']).toBe(1);
    expect(cut.meta['previousTo']).toBe('2026-06-01T09:00:00.000Z');
  });

  it('matches rows by position in time, by value elsewhere, and warns where hours are not kept', async () => {
    const hours = await ask({
      dimensions: ['HOUR'],
      first: 100,
      compare: { mode: 'PREVIOUS_PERIOD' },
    });
    expect(hours.rows.length).toBe(24);
    expect([hours.rows[9]?.metrics['views'], hours.rows[9]?.previous?.['views']]).toEqual([1, 1]);
    expect([hours.rows[20]?.metrics['views'], hours.rows[20]?.previous?.['views']]).toEqual([0, 1]);
    const pages = await ask({
      dimensions: ['PAGE'],
      compare: { mode: 'PREVIOUS_PERIOD', cut: true },
    });
    const rows = pages.rows.map((row) => [
      row.dimensions[0]?.value,
      row.metrics['views'],
      row.previous?.['views'],
    ]);
    expect(rows).toEqual([
      ['/a', 1, 2],
      ['/c', 1, 0],
    ]);
    expect(pages.meta['warnings']).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'NOT_CUT' })]),
    );
  });

  it('pages, searches and orders without touching the totals', async () => {
    const first = await ask({
      dimensions: ['PAGE'],
      first: 1,
      orderBy: [{ dimension: 'PAGE', direction: 'DESC' }],
    });
    expect(first.rows.map((row) => row.dimensions[0]?.value)).toEqual(['/c']);
    expect(first.pageInfo.hasNextPage).toBe(true);
    const next = await ask({
      dimensions: ['PAGE'],
      first: 1,
      orderBy: [{ dimension: 'PAGE', direction: 'DESC' }],
      after: first.pageInfo.endCursor,
    });
    expect(next.rows.map((row) => row.dimensions[0]?.value)).toEqual(['/a']);
    expect(next.pageInfo.hasNextPage).toBe(false);
    const found = await ask({ dimensions: ['PAGE'], search: 'C' });
    expect([found.rowCount, found.totals['views']]).toEqual([1, 2]);
  });
});
