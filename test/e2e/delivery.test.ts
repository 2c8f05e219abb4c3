/// <reference lib="dom" />
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { call, RealBrowser } from '../tracker/browser.testing.js';
import { RunningProduct } from './product.testing.js';
import { Road } from './way.testing.js';

const HOST = 'www.shop.example';
const MODES = ['plain', 'strict'] as const;
const WAIT_MS = 50;
/** The longest that an attempt may wait after its second failure, with room for a slow machine. */
const PATIENCE_MS = 50_000;

let directory: string;
let product: RunningProduct;
let road: Road;
let browser: RealBrowser;
let sites = 0;
const pages = new Map<string, string>();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hindsight-delivery-'));
  const settings: Record<string, object> = { '*': {} };
  for (let n = 1; n <= 20; n += 1) settings[`strict-${n}`] = { delivery: 'strict' };
  writeFileSync(join(directory, 'tracker.json'), JSON.stringify(settings));
  product = await start();
  road = await Road.open(() => product.url, pages);
  browser = await RealBrowser.start(road.port);
});
afterAll(async () => {
  await browser.close();
  await road.close();
  await product.end();
  rmSync(directory, { recursive: true, force: true });
});
afterEach(async () => {
  road.way = 'open';
  for (const page of browser.context.pages().slice(1)) await page.close();
});

function start(): Promise<RunningProduct> {
  const environment = { HINDSIGHT_TRACKER: join(directory, 'tracker.json') };
  return RunningProduct.start({ directory: join(directory, 'data'), environment });
}

/** A new site with pages that have its snippet. Every page begins with nothing stored. */
async function newSite(mode: (typeof MODES)[number]): Promise<string> {
  sites += 1;
  const id = `${mode}-${sites}`;
  await product.createSite(id, [HOST]);
  pages.clear();
  const tag = `<script async src="/h/${id}.js"></script>`;
  for (const path of ['/start', '/next'])
    pages.set(path, `<!doctype html><title>page</title>${tag}`);
  await browser.context.clearCookies();
  return id;
}

/** Opens a page in a tab of its own, which has nothing of the sites before. */
async function open(path = '/start', isFirst = true): Promise<Page> {
  const page = await browser.context.newPage();
  const address = `http://${HOST}:${road.port}`;
  if (isFirst) {
    pages.set('/empty', '<!doctype html>');
    await page.goto(`${address}/empty`);
    await page.evaluate(() => localStorage.clear());
  }
  await page.goto(address + path);
  await until(
    () => page.evaluate(() => !('q' in (window as unknown as { hindsight: object }).hindsight)),
    'the script',
  );
  return page;
}

/** Events by name, and the visitors of all of them. */
async function counted(site: string): Promise<Record<string, number>> {
  await product.settled();
  interface Row {
    dimensions: { value: string }[];
    metrics: { events: number };
  }
  const data = await product.data<{
    site: { report: { totals: { visitors: number; sessions: number }; rows: Row[] } };
  }>(
    `query ($site: ID!) { site(id: $site) { report(range: { preset: LAST_7_DAYS }, dimensions: [EVENT], bots: INCLUDE, first: 100) {
      totals { visitors sessions } rows { dimensions { value } metrics { events } } } } }`,
    { site },
  );
  const { totals, rows } = data.site.report;
  const events = rows.map(({ dimensions, metrics }) => [dimensions[0]?.value, metrics.events]);
  return { ...totals, ...(Object.fromEntries(events) as Record<string, number>) };
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`did not come: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

/** Batches that the page keeps on disk. */
const kept = (page: Page) =>
  page.evaluate(() =>
    Object.keys(localStorage)
      .filter((key) => /^\d+hindsight$/.test(key))
      .map((key) => localStorage[key] as string),
  );
const arrives = (site: string, name: string, events = 1) =>
  until(async () => ((await counted(site))[name] ?? 0) >= events, `${events} ${name} of ${site}`);
const isKept = (page: Page, name: string) =>
  until(
    async () => (await kept(page)).some((line) => line.includes(`"n":"${name}"`)),
    `${name} on disk`,
  );
const online = (page: Page) => page.evaluate(() => dispatchEvent(new Event('online')));

describe.each(MODES)('with %s delivery, in the numbers', (mode) => {
  it.each(['cut', 'unavailable', 'answer lost'] as const)(
    'what happened while the way was “%s” is there once when it is open again',
    async (way) => {
      const site = await newSite(mode);
      const page = await open();
      await arrives(site, 'page_view');
      road.way = way;
      await call(page, 'track', 'first');
      await page.evaluate(() => history.pushState(null, '', '/second'));
      await isKept(page, 'first');
      await isKept(page, 'page_view');
      await page.evaluate(() => history.pushState(null, '', '/third'));
      await call(page, 'track', 'second');
      await isKept(page, 'second');
      road.way = 'open';
      await online(page);
      await until(async () => (await kept(page)).length === 0, 'an empty queue');
      expect(await counted(site)).toMatchObject({
        ...{ visitors: 1, sessions: 1, page_view: 3, first: 1, second: 1 },
      });
    },
  );

  it('offline, then online', async () => {
    const site = await newSite(mode);
    const page = await open();
    await arrives(site, 'page_view');
    const session = await browser.context.newCDPSession(page);
    const offline = (isOffline: boolean) =>
      session.send('Network.emulateNetworkConditions', {
        ...{ offline: isOffline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 },
      });
    await session.send('Network.enable');
    // What sends again must be there before: it cannot be fetched without a network.
    await call(page, 'use', 'retry');
    await until(
      () =>
        page.evaluate(() =>
          performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/retry.js')),
        ),
      'retry',
    );
    await offline(true);
    for (let n = 0; n < 5; n += 1) await call(page, 'track', 'away', { n });
    await isKept(page, 'away');
    await offline(false);
    await until(async () => (await kept(page)).length === 0, 'an empty queue');
    expect(await counted(site)).toMatchObject({ visitors: 1, page_view: 1, away: 5 });
  });

  it('a server that is killed while it takes hits', async () => {
    const site = await newSite(mode);
    const page = await open();
    await arrives(site, 'page_view');
    for (let n = 0; n < 10; n += 1) {
      await call(page, 'track', 'under fire', { n });
      if (n === 4) await product.end('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await isKept(page, 'under fire');
    product = await start();
    await online(page);
    await arrives(site, 'under fire', 10);
    await until(async () => (await kept(page)).length === 0, 'an empty queue');
    expect(await counted(site)).toMatchObject({ visitors: 1, page_view: 1, 'under fire': 10 });
  });

  it('several tabs that send the same queue', async () => {
    const site = await newSite(mode);
    const tabs = [await open()];
    await arrives(site, 'page_view');
    for (let n = 0; n < 3; n += 1) tabs.push(await open('/next', false));
    await arrives(site, 'page_view', 4);
    road.way = 'cut';
    for (const [n, tab] of tabs.entries()) {
      await tab.bringToFront();
      await call(tab, 'track', `tab ${n}`);
      await isKept(tab, `tab ${n}`);
    }
    road.way = 'open';
    await Promise.all(tabs.map(online));
    await until(async () => (await kept(tabs[0] as Page)).length === 0, 'an empty queue');
    expect(await counted(site)).toMatchObject({
      ...{ visitors: 1, page_view: 4, 'tab 0': 1, 'tab 1': 1, 'tab 2': 1, 'tab 3': 1 },
    });
  });

  it('a tab that is closed, or reloaded, before it could send', async () => {
    const site = await newSite(mode);
    const page = await open();
    await arrives(site, 'page_view');
    road.way = 'cut';
    await call(page, 'track', 'before the reload');
    await isKept(page, 'before the reload');
    await page.reload();
    await call(page, 'track', 'before the end');
    await isKept(page, 'before the end');
    await page.close();
    road.way = 'open';
    const next = await open('/next', false);
    await until(async () => (await kept(next)).length === 0, 'an empty queue');
    await arrives(site, 'page_view', 3);
    expect(await counted(site)).toMatchObject({
      ...{ visitors: 1, page_view: 3, 'before the reload': 1, 'before the end': 1 },
    });
  });

  it('a renderer that crashes', async () => {
    const site = await newSite(mode);
    const page = await open();
    await arrives(site, 'page_view');
    road.way = 'cut';
    await call(page, 'track', 'before the crash');
    await isKept(page, 'before the crash');
    await page.goto('chrome://crash').catch(() => undefined);
    road.way = 'open';
    const next = await open('/next', false);
    await until(async () => (await kept(next)).length === 0, 'an empty queue');
    await arrives(site, 'page_view', 2);
    expect(await counted(site)).toMatchObject({ page_view: 2, 'before the crash': 1 });
  });

  it('a browser that is killed', async () => {
    const site = await newSite(mode);
    const name = `killed with ${mode} delivery`;
    const page = await open();
    await arrives(site, 'page_view');
    road.way = 'cut';
    await call(page, 'track', name);
    await isKept(page, name);
    // Browsers write to disk some seconds later; what is not there yet nobody can promise.
    const { profile } = browser;
    await until(() => isOnDisk(profile, name), 'the batch on the disk');
    await browser.kill();
    road.way = 'open';
    browser = await RealBrowser.start(road.port, profile);
    const next = await open('/next', false);
    await until(async () => (await kept(next)).length === 0, 'an empty queue');
    await arrives(site, 'page_view', 2);
    expect(await counted(site)).toMatchObject({ page_view: 2, [name]: 1 });
  }, 120_000);
});

/** Whether what a page has stored has been written by Chromium. */
function isOnDisk(profile: string, text: string): boolean {
  const folder = join(profile, 'Default', 'Local Storage', 'leveldb');
  return readdirSync(folder)
    .filter((name) => /\.(log|ldb)$/.test(name))
    .some((name) => readFileSync(join(folder, name)).includes(text));
}

describe('what only strict delivery promises, in the numbers', () => {
  it('a beacon whose way was cut is sent by the next page, and one that arrived counts once', async () => {
    for (const way of ['cut', 'answer lost'] as const) {
      const site = await newSite('strict');
      const page = await open();
      await arrives(site, 'page_view');
      await page.waitForTimeout(1100);
      road.way = way;
      await call(page, 'track', 'at the last moment');
      await page.goto(`http://${HOST}:${road.port}/empty`);
      await until(async () => (await kept(page)).length > 0, 'a batch on disk');
      road.way = 'open';
      const next = await open('/next', false);
      await until(async () => (await kept(next)).length === 0, 'an empty queue');
      await arrives(site, 'page_view', 2);
      expect(await counted(site)).toMatchObject({
        ...{ visitors: 1, page_view: 2, 'at the last moment': 1, user_engagement: 1 },
      });
    }
  });
});
