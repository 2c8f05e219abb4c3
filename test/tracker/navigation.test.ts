/// <reference lib="dom" />
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { call, launch } from './browser.testing.js';
import { Collector } from './collector.testing.js';

let collector: Collector;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  collector = await Collector.start();
  browser = await launch(collector.port);
  collector.page('/mark-me', '<script>fetch("/mark/" + location.search.slice(1))</script>');
});
afterAll(async () => {
  await browser.close();
  await collector.close();
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(() => context.close());

/** Opens a page of a new site; its first view has arrived when it returns. */
async function open(
  options: {
    settings?: Parameters<Collector['site']>[0];
    attributes?: string;
    html?: string;
    before?: string;
  } = {},
): Promise<string> {
  const site = collector.site(options.settings);
  const html = `<!doctype html><html><head><title>start</title>${options.before ?? ''}${collector.tag(site, options.attributes)}</head><body>${options.html ?? ''}</body></html>`;
  for (const path of ['/', '/next']) collector.page(path, html);
  await page.goto(collector.origin());
  return site;
}
const viewed = (site: string) =>
  collector
    .events(site, 'page_view')
    .map(
      ({ u }) =>
        new URL(u as string).pathname + new URL(u as string).search + new URL(u as string).hash,
    );

/** Leaves the page, and waits until everything of it has arrived. */
async function leave(site: string): Promise<void> {
  await page.goto(`${collector.origin()}/mark-me?${site}`);
  await collector.marked(site);
}

describe.each(['default', 'minimal'] as const)('page views of the %s variant', (variant) => {
  const settings = { variant };

  it('counts the first view with its title, address and context', async () => {
    const site = await open({ settings });
    const [view] = await collector.eventsReach(site, 'page_view', 1);
    expect(view).toMatchObject({ u: `${collector.origin()}/`, h: 'start', g: expect.any(String) });
    const [hit] = collector.of(site);
    expect(hit?.headers['content-type']).toBe('text/plain;charset=UTF-8');
    expect(hit?.batch).toMatchObject({
      v: 1,
      s: site,
      c: expect.stringMatching(/^\w{8,64}$/),
      n: [expect.any(Number), 1],
    });
    expect(hit?.batch.x).toMatchObject({
      sc: expect.stringMatching(/^\d+x\d+$/),
      l: expect.arrayContaining(['en-US']),
      z: expect.any(String),
    });
    expect(collector.others.filter((line) => line.startsWith('OPTIONS'))).toEqual([]);
  });

  it('counts pushState with engagement of the page before, in one request', async () => {
    const site = await open({ settings });
    await collector.eventsReach(site, 'page_view', 1);
    await page.evaluate(() => history.pushState({}, '', '/a'));
    await collector.eventsReach(site, 'page_view', 2);
    const last = collector.of(site).at(-1);
    expect(last?.batch.e.map(({ n }) => n)).toEqual(['user_engagement', 'page_view']);
    expect(last?.batch.e[0]).toMatchObject({ u: `${collector.origin()}/`, y: 100 });
    expect(last?.batch.e[1]).toMatchObject({
      u: `${collector.origin()}/a`,
      r: `${collector.origin()}/`,
    });
    expect(last?.batch.x).toBeUndefined();
  });

  it('counts replaceState to another address and a change of the query only', async () => {
    const site = await open({ settings });
    await page.waitForFunction(() => 'hindsight' in window);
    await page.evaluate(() => history.replaceState({}, '', '/b'));
    await page.evaluate(() => history.pushState({}, '', '/b?q=1'));
    await collector.eventsReach(site, 'page_view', 3);
    expect(viewed(site)).toEqual(['/', '/b', '/b?q=1']);
  });

  it('counts no view for the same address or another fragment', async () => {
    const site = await open({ settings });
    await page.waitForFunction(() => 'hindsight' in window);
    await page.evaluate(() => {
      history.replaceState({ more: 1 }, '', location.href);
      history.pushState({}, '', location.href);
      location.hash = 'part';
    });
    await leave(site);
    expect(viewed(site)).toEqual(['/']);
  });

  it('counts a router that kept the native methods', async () => {
    const site = await open({ settings });
    await page.waitForFunction(() => 'hindsight' in window);
    await page.evaluate(() => History.prototype.pushState.call(history, {}, '', '/native'));
    await collector.eventsReach(site, 'page_view', 2);
    expect(viewed(site)).toEqual(['/', '/native']);
  });

  it('counts back and forward within the document', async () => {
    const site = await open({ settings });
    await page.waitForFunction(() => 'hindsight' in window);
    await page.evaluate(() => history.pushState({}, '', '/a'));
    await collector.eventsReach(site, 'page_view', 2);
    await page.evaluate(() => history.back());
    await collector.eventsReach(site, 'page_view', 3);
    await page.evaluate(() => history.forward());
    await collector.eventsReach(site, 'page_view', 4);
    expect(viewed(site)).toEqual(['/', '/a', '/', '/a']);
  });

  it('counts a page that comes back from the back/forward cache', async () => {
    const site = await open({ settings });
    await collector.eventsReach(site, 'page_view', 1);
    await page.evaluate(() => Object.assign(window, { kept: true }));
    await page.goto(`${collector.origin()}/next`);
    await collector.eventsReach(site, 'page_view', 2);
    await page.evaluate(() => history.back());
    const views = await collector.eventsReach(site, 'page_view', 3);
    expect(await page.evaluate(() => 'kept' in window)).toBe(true);
    expect(viewed(site)).toEqual(['/', '/next', '/']);
    expect(new Set(views.map(({ g }) => g)).size).toBe(3);
  });

  it('reads a title that is set after the address', async () => {
    const site = await open({ settings });
    await collector.eventsReach(site, 'page_view', 1);
    await page.evaluate(() => {
      history.pushState({}, '', '/late');
      setTimeout(() => {
        document.title = 'late';
      }, 100);
    });
    const views = await collector.eventsReach(site, 'page_view', 2);
    expect(views.map(({ h }) => h)).toEqual(['start', 'late']);
  });

  it('gives a view that is left at once the title it had', async () => {
    const site = await open({ settings });
    await page.waitForFunction(() => 'hindsight' in window);
    await page.evaluate(() => {
      history.pushState({}, '', '/one');
      document.title = 'one';
      history.pushState({}, '', '/two');
      document.title = 'two';
    });
    const views = await collector.eventsReach(site, 'page_view', 3);
    expect(views.map(({ h }) => h)).toEqual(['start', 'one', 'two']);
  });

  it('keeps time and address of calls made before it was there', async () => {
    const before = `<script>window.hindsight||((hindsight=function(){hindsight.q.push([arguments,Date.now(),location.href])}).q=[]);
      history.replaceState({}, '', '/early'); hindsight('track', 'early', { a: 1 }); window.calledAt = Date.now(); history.replaceState({}, '', '/')</script>`;
    const site = await open({ settings, before });
    const [event] = await collector.eventsReach(site, 'early', 1);
    const calledAt = await page.evaluate(
      () => (window as unknown as { calledAt: number }).calledAt,
    );
    expect(event).toMatchObject({ u: `${collector.origin()}/early`, p: { a: 1 } });
    expect(Math.abs((event?.t as number) - calledAt)).toBeLessThan(20);
  });

  it('counts once when the script is loaded twice', async () => {
    const site = collector.site(settings);
    collector.page('/twice', `<title>twice</title>${collector.tag(site)}${collector.tag(site)}`);
    await page.goto(`${collector.origin()}/twice`);
    await collector.eventsReach(site, 'page_view', 1);
    await leave(site);
    expect(viewed(site)).toEqual(['/twice']);
  });

  it('gives every event of a view the id of the view, and none twice', async () => {
    const site = await open({ settings });
    await page.waitForFunction(() => 'hindsight' in window);
    for (let number = 0; number < 45; number += 1) await call(page, 'track', 'many', { number });
    const many = await collector.eventsReach(site, 'many', 45);
    const [view] = collector.events(site, 'page_view');
    expect(new Set(many.map(({ g }) => g))).toEqual(new Set([view?.g]));
    expect(new Set(many.map(({ i }) => i)).size).toBe(45);
    for (const { batch } of collector.of(site)) expect(batch.e.length).toBeLessThanOrEqual(25);
  });
});

describe('page views as a site wants them', () => {
  it('counts none by itself where the page does', async () => {
    const site = await open({ attributes: 'data-auto="false"' });
    await page.waitForFunction(() => 'hindsight' in window);
    await page.evaluate(() => history.pushState({}, '', '/a'));
    await call(page, 'track', 'alone');
    await call(page, 'page', { section: 'x' });
    await page.evaluate(() => history.pushState({}, '', '/b'));
    await leave(site);
    expect(collector.events(site, 'page_view').map(({ p }) => p)).toEqual([{ section: 'x' }]);
    expect(collector.events(site, 'alone').length).toBe(1);
  });

  it('counts fragments where they are pages', async () => {
    const site = await open({ attributes: 'data-ext="hash"' });
    await collector.until(() => collector.others.includes('GET extension hash'));
    await collector.eventsReach(site, 'page_view', 1);
    await page.evaluate(() => {
      location.hash = '/inbox';
    });
    await collector.eventsReach(site, 'page_view', 2);
    expect(viewed(site)).toEqual(['/', '/#/inbox']);
  });

  it('watches the history in browsers without the Navigation API', async () => {
    const before =
      '<script>delete window.navigation; Object.defineProperty(window, "navigation", { value: undefined })</script>';
    const site = await open({ before });
    await collector.until(() => collector.others.includes('GET extension history'));
    await collector.eventsReach(site, 'page_view', 1);
    await page.evaluate(() => history.pushState({}, '', '/a'));
    await collector.eventsReach(site, 'page_view', 2);
    await page.evaluate(() => history.replaceState({}, '', '/a'));
    await page.evaluate(() => history.back());
    await collector.eventsReach(site, 'page_view', 3);
    expect(viewed(site)).toEqual(['/', '/a', '/']);
  });

  it('goes by another name where the operator says so', async () => {
    const site = await open({ settings: { name: 'stats' } });
    await collector.eventsReach(site, 'page_view', 1);
    expect(
      await page.evaluate(() =>
        Object.keys(window).filter((key) => /^(stats|hindsight)$/.test(key)),
      ),
    ).toEqual(['stats']);
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['_stats']);
  });

  it('leaves nothing of itself in the page but one name', async () => {
    const site = collector.site();
    collector.page(
      '/clean',
      `<script>window.before = Object.getOwnPropertyNames(window)</script>${collector.tag(site)}`,
    );
    await page.goto(`${collector.origin()}/clean`);
    await collector.eventsReach(site, 'page_view', 1);
    const more = await page.evaluate(() => {
      const { before } = window as unknown as { before: string[] };
      return Object.getOwnPropertyNames(window).filter(
        (key) => !before.includes(key) && key !== 'before',
      );
    });
    expect(more.sort()).toEqual(['_hindsight=1.', 'hindsight']);
  });
});
