/// <reference lib="dom" />
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openVisitor, servePages } from './browser.testing.js';
import { RunningProduct } from './product.testing.js';

/** A documentation site that nobody here wrote: Debian's package `python3-doc`. */
const DOCS = process.env['DOCS_SITE'] ?? '/usr/share/doc/python3/html';
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
};
const POLL_MS = 50;

let product: RunningProduct;
let docs: Awaited<ReturnType<typeof servePages>>;
let app: Awaited<ReturnType<typeof servePages>>;

const SPA = `<!doctype html><title>start</title><h1>An application</h1><script>
function go(path) { history.pushState({}, '', path); document.title = 'view ' + path; }
</script>`;

beforeAll(async () => {
  product = await RunningProduct.start();
  await product.createSite('docs', ['docs.example']);
  await product.createSite('app', ['app.example']);
  const snippet = (siteId: string) => `<script async src="${product.url}/h/${siteId}.js"></script>`;
  docs = await servePages((path) => {
    const file = join(DOCS, path.endsWith('/') ? `${path}index.html` : path);
    if (!file.startsWith(DOCS) || !existsSync(file) || !statSync(file).isFile()) return null;
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    const body = readFileSync(file);
    return {
      type,
      body: type.startsWith('text/html')
        ? body.toString().replace('<head>', `<head>${snippet('docs')}`)
        : body,
    };
  });
  app = await servePages(() => ({ type: 'text/html', body: snippet('app') + SPA }));
});
afterAll(async () => {
  await docs.close();
  await app.close();
  await product.stop();
});

async function numbers(
  siteId: string,
  dimension: string,
): Promise<Map<string, Record<string, number>>> {
  const query = `query ($id: ID!, $dimension: Dimension!) { site(id: $id) { report(range: { preset: TODAY }, dimensions: [$dimension], first: 1000) {
    rows { dimensions { value } metrics { views visitors sessions entries exits events } } } } }`;
  const { site } = await product.data<{
    site: {
      report: { rows: { dimensions: { value: string }[]; metrics: Record<string, number> }[] };
    };
  }>(query, { id: siteId, dimension });
  return new Map(site.report.rows.map((row) => [row.dimensions[0]?.value ?? '', row.metrics]));
}

async function totals(siteId: string): Promise<Record<string, number>> {
  const query =
    'query ($id: ID!) { site(id: $id) { report(range: { preset: TODAY }) { totals { views visitors sessions newVisitors } } } }';
  return (
    await product.data<{ site: { report: { totals: Record<string, number> } } }>(query, {
      id: siteId,
    })
  ).site.report.totals;
}

/** Waits for the number of views: the last beacon of a closed page comes a moment later. */
async function viewsReach(siteId: string, views: number): Promise<void> {
  while ((await totals(siteId))['views'] !== views)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/** Waits for an address: a page from the back/forward cache never loads again. */
async function reaches(page: Page, isThere: (url: string) => boolean): Promise<void> {
  while (!isThere(page.url())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/** Links of a page to other pages of the site, in order. */
const linksOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLAnchorElement>('div.body a[href]')]
      .map((link) => link.href.split('#')[0] as string)
      .filter(
        (href) =>
          href.startsWith(location.origin) &&
          href.endsWith('.html') &&
          href !== location.href.split('#')[0],
      ),
  );

describe('a real site in a real browser', () => {
  it('gives exactly the numbers of what five visitors did on the documentation', async () => {
    const pages = readdirSync(DOCS, { recursive: true }).filter((name) =>
      String(name).endsWith('.html'),
    );
    expect(pages.length).toBeGreaterThanOrEqual(200);
    const views = new Map<string, number>();
    const entries = new Map<string, number>();
    const exits = new Map<string, number>();
    let total = 0;
    const count = (map: Map<string, number>, path: string) =>
      map.set(path, (map.get(path) ?? 0) + 1);
    for (let number = 0; number < 5; number += 1) {
      const visitor = await openVisitor({
        timezoneId: number % 2 === 0 ? 'Europe/Berlin' : 'America/New_York',
      });
      const page = await visitor.context.newPage();
      let last = '';
      const seen = async (shown: Page) => {
        last = new URL(shown.url()).pathname;
        count(views, last);
        total += 1;
        await viewsReach('docs', total);
      };
      const start = [
        '/index.html',
        '/library/index.html',
        '/tutorial/index.html',
        '/faq/index.html',
        '/howto/index.html',
      ][number] as string;
      await page.goto(docs.origin + start);
      await seen(page);
      count(entries, start);
      const links = await linksOf(page);
      await page.goto(links[number + 1] ?? docs.origin);
      await seen(page);
      await page.evaluate(() => history.back());
      await reaches(page, (url) => url === docs.origin + start);
      await seen(page);
      await page.evaluate(() => history.forward());
      await reaches(page, (url) => url !== docs.origin + start);
      await seen(page);
      await page.reload();
      await seen(page);
      const other = await visitor.context.newPage();
      await other.goto(links[number + 3] ?? docs.origin);
      await seen(other);
      count(exits, last);
      await other.close();
      await visitor.close();
    }
    await product.settled();
    expect(await totals('docs')).toEqual({
      views: total,
      visitors: 5,
      sessions: 5,
      newVisitors: 5,
    });
    const rows = await numbers('docs', 'PAGE');
    const of = (metric: string) =>
      new Map(
        [...rows].filter(([, row]) => row[metric] !== 0).map(([path, row]) => [path, row[metric]]),
      );
    expect(of('views')).toEqual(views);
    expect(of('entries')).toEqual(entries);
    expect(of('exits')).toEqual(exits);
    const countries = await numbers('docs', 'COUNTRY');
    expect([...countries].map(([value, row]) => [value, row['visitors']])).toEqual([
      ['DE', 3],
      ['US', 2],
    ]);
    expect((await numbers('docs', 'DEVICE')).get('desktop')?.['visitors']).toBe(5);
    expect((await numbers('docs', 'SOURCE')).get('(direct)')?.['sessions']).toBe(5);
  });

  it('counts the views of an application that never loads a page again', async () => {
    const visitor = await openVisitor();
    const page = await visitor.context.newPage();
    await page.goto(`${app.origin}/`);
    await viewsReach('app', 1);
    await page.evaluate(() => (window as unknown as { go: (path: string) => void }).go('/inbox'));
    await viewsReach('app', 2);
    await page.evaluate(() => history.replaceState({}, '', '/inbox'));
    await page.evaluate(() => History.prototype.pushState.call(history, {}, '', '/settings'));
    await viewsReach('app', 3);
    await page.evaluate(() => history.back());
    await viewsReach('app', 4);
    await page.evaluate(() =>
      (window as unknown as { hindsight: (...args: unknown[]) => void }).hindsight(
        'track',
        'sign_up',
        { plan: 'free' },
      ),
    );
    while ((await numbers('app', 'EVENT')).get('sign_up')?.['events'] !== 1)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    await visitor.close();
    const rows = await numbers('app', 'PAGE');
    expect([...rows].map(([path, row]) => [path, row['views']])).toEqual(
      expect.arrayContaining([
        ['/', 1],
        ['/inbox', 2],
        ['/settings', 1],
      ]),
    );
    expect(await totals('app')).toEqual({ views: 4, visitors: 1, sessions: 1, newVisitors: 1 });
  });
});
