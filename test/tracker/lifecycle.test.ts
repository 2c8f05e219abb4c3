/// <reference lib="dom" />
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { call, openAlone, RealBrowser } from './browser.testing.js';
import { Collector } from './collector.testing.js';

/** What lies between a clock in the page and one in the tracker. */
const TOLERANCE_MS = 150;
const TALL = '<div style="height: 4000px">tall</div>';

let collector: Collector;
let browser: RealBrowser;

beforeAll(async () => {
  collector = await Collector.start();
  browser = await RealBrowser.start(collector.port);
  collector.page('/empty', '<title>empty</title>');
});
afterAll(async () => {
  await browser.close();
  await collector.close();
});

function prepare(html = '', settings = {}): string {
  const site = collector.site(settings);
  collector.page('/', `<title>life</title>${collector.tag(site)}${html}`);
  return site;
}
async function open(html = ''): Promise<{ site: string; page: Page }> {
  const site = prepare(html);
  const page = await browser.context.newPage();
  await page.goto(collector.origin());
  await collector.eventsReach(site, 'page_view', 1);
  return { site, page };
}
/** Brings another tab to the front: the page behind it is really hidden. */
async function hide(): Promise<Page> {
  const other = await browser.context.newPage();
  await other.goto(`${collector.origin()}/empty`);
  await other.bringToFront();
  return other;
}
const waitInPage = (page: Page, ms: number) =>
  page.evaluate((time) => new Promise((resolve) => setTimeout(resolve, time)), ms);

describe('a tab that is really seen and really hidden', () => {
  it('is the precondition: fronting another tab hides the page', async () => {
    const { page } = await open();
    expect(await page.evaluate(() => [document.hidden, document.hasFocus()])).toEqual([
      false,
      true,
    ]);
    const other = await hide();
    expect(await page.evaluate(() => [document.hidden, document.hasFocus()])).toEqual([
      true,
      false,
    ]);
    await other.close();
    await page.close();
  });

  it('tells the time that it was looked at when it is hidden, by one beacon', async () => {
    const { site, page } = await open();
    await page.evaluate(() => Object.assign(window, { begun: performance.now() }));
    const before = await page.evaluate(() => performance.now());
    await waitInPage(page, 1200);
    const other = await hide();
    const [event] = await collector.eventsReach(site, 'user_engagement', 1);
    const after = await page.evaluate(() => performance.now());
    expect(event?.d).toBeGreaterThanOrEqual(1200);
    expect(event?.d).toBeLessThanOrEqual(after + TOLERANCE_MS);
    expect(before).toBeGreaterThan(0);
    const hit = collector
      .of(site)
      .find(({ batch }) => batch.e.some(({ n }) => n === 'user_engagement'));
    expect((hit?.batch.k ?? 0) & 64).toBe(64);
    await other.close();
    await page.close();
  });

  it('tells no time of the hidden stretch, and each stretch once', async () => {
    const { site, page } = await open();
    await waitInPage(page, 1100);
    const first = await hide();
    await collector.eventsReach(site, 'user_engagement', 1);
    await waitInPage(first, 1500);
    const shownAt = Date.now();
    await page.bringToFront();
    await waitInPage(page, 1300);
    const second = await hide();
    const events = await collector.eventsReach(site, 'user_engagement', 2);
    const shownMs = Date.now() - shownAt;
    expect(events.length).toBe(2);
    expect(events[1]?.d).toBeGreaterThanOrEqual(1300 - TOLERANCE_MS);
    expect(events[1]?.d).toBeLessThanOrEqual(shownMs + TOLERANCE_MS);
    await first.close();
    await second.close();
    await page.close();
  });

  it('tells nothing twice when it is hidden and shown at once', async () => {
    const { site, page } = await open();
    for (let time = 0; time < 3; time += 1) {
      const other = await hide();
      await page.bringToFront();
      await other.close();
    }
    await page.goto(`${collector.origin()}/empty`);
    await collector.eventsReach(site, 'user_engagement', 1);
    const events = collector.events(site, 'user_engagement');
    // The first hide tells the depth; what follows has nothing new unless a second passed.
    const worth = events.filter(({ d = 0 }) => d >= 1000);
    expect(events.length - worth.length).toBeLessThanOrEqual(1);
    await page.close();
  });

  it('is not counted while it was opened in the background, and once when it is first seen', async () => {
    const site = prepare();
    await browser.context.clearCookies();
    const front = await browser.context.newPage();
    await front.goto(`${collector.origin()}/empty`);
    const popup = browser.context.waitForEvent('page');
    const session = await browser.context.newCDPSession(front);
    await session.send('Target.createTarget', { url: collector.origin(), background: true });
    const hidden = await popup;
    await hidden.waitForLoadState();
    expect(await hidden.evaluate(() => document.hidden)).toBe(true);
    await waitInPage(front, 600);
    expect(collector.of(site)).toEqual([]);
    expect(await hidden.evaluate(() => document.cookie)).toBe('');
    await hidden.bringToFront();
    await collector.eventsReach(site, 'page_view', 1);
    await hidden.goto(`${collector.origin()}/empty`);
    await collector.eventsReach(site, 'user_engagement', 1);
    expect(collector.events(site, 'page_view').length).toBe(1);
    await hidden.close();
    await front.close();
  });
});

describe('how far a page was read', () => {
  it('is the lowest point seen, in percent, once per new depth', async () => {
    const { site, page } = await open(TALL);
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          addEventListener('scroll', resolve, { once: true });
          scrollTo(0, (document.documentElement.scrollHeight - innerHeight) / 2);
        }),
    );
    const height = await page.evaluate(() => innerHeight / document.documentElement.scrollHeight);
    const other = await hide();
    const [first] = await collector.eventsReach(site, 'user_engagement', 1);
    const expected = 100 * ((1 - height) / 2 + height);
    expect(Math.abs((first?.y ?? 0) - expected)).toBeLessThanOrEqual(1);
    await page.bringToFront();
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          addEventListener('scroll', resolve, { once: true });
          scrollTo(0, document.documentElement.scrollHeight);
        }),
    );
    await page.goto(`${collector.origin()}/empty`);
    const events = await collector.eventsReach(site, 'user_engagement', 2);
    expect(events.at(-1)?.y).toBe(100);
    await other.close();
    await page.close();
  });

  it('is less in a page that has grown meanwhile', async () => {
    const { site, page } = await open('<div id="box">short</div>');
    await page.evaluate(() => {
      (document.getElementById('box') as HTMLElement).style.height = `${innerHeight * 10}px`;
    });
    await page.goto(`${collector.origin()}/empty`);
    const [event] = await collector.eventsReach(site, 'user_engagement', 1);
    expect(event?.y).toBeLessThan(15);
    await page.close();
  });

  it('of a page that fits the window is all of it', async () => {
    const { site, page } = await open('short');
    await page.goto(`${collector.origin()}/empty`);
    const [event] = await collector.eventsReach(site, 'user_engagement', 1);
    expect(event?.y).toBe(100);
    await page.close();
  });
});

describe('what ends a page', () => {
  it.each([
    ['closing the tab', (page: Page) => page.close()],
    ['reloading', (page: Page) => page.reload().then(() => undefined)],
    ['going elsewhere', (page: Page) => page.goto('about:blank').then(() => undefined)],
    [
      'a crash of the renderer after it was hidden',
      async (page: Page) => {
        const other = await hide();
        await page.goto('chrome://crash').catch(() => undefined);
        await other.close();
      },
    ],
  ])('%s: engagement and what waited arrive', async (_, end) => {
    const { site, page } = await open();
    await page.evaluate(() =>
      (window as unknown as { hindsight: (...call: unknown[]) => void }).hindsight(
        'track',
        'waiting',
      ),
    );
    await end(page);
    await collector.eventsReach(site, 'user_engagement', 1);
    await collector.eventsReach(site, 'waiting', 1);
    expect(collector.events(site, 'waiting').length).toBe(1);
    if (!page.isClosed()) await page.close();
  });
});

describe('a page that ends without a word', () => {
  it.each([
    ['crashes', 'chrome://crash', 2000],
    ['is closed in the ordinary way', '', 1000],
  ])('%s: its attention arrives once, from the browser or from the page', async (_, end, least) => {
    // A browser keeps such a message for an address that is secure only.
    const site = collector.site({ extensions: ['retry'] });
    collector.page('/', `<title>life</title>${collector.tag(site, '', 'www.shop.example')}`);
    const page = await browser.context.newPage();
    await page.goto(`${collector.origin()}/`);
    await collector.eventsReach(site, 'page_view', 1);
    await waitInPage(page, 3800);
    if (end === '') await page.close();
    else await page.goto(end).catch(() => undefined);
    const [event] = await collector.eventsReach(site, 'user_engagement', 1);
    expect(event?.d).toBeGreaterThanOrEqual(least);
    expect(event?.d).toBeLessThan(10_000);
    const [view] = collector.events(site, 'page_view');
    expect(event).toMatchObject({ u: view?.u, g: view?.g });
    const told = collector.of(site).find(({ batch }) => batch.e.some(({ i }) => i === event?.i));
    expect(told?.batch.c).toBe(collector.of(site)[0]?.batch.c);
    if (!page.isClosed()) await page.close();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(collector.events(site, 'user_engagement').length).toBe(1);
  });
});

describe('a page that ends without a word after consent was taken back', () => {
  it.each(['off', 'cookieless'])('tells nothing of who it was (%s)', async (denied) => {
    const site = collector.site({ extensions: ['retry'], denied });
    collector.page('/', `<title>life</title>${collector.tag(site, '', 'www.shop.example')}`);
    const page = await browser.context.newPage();
    await page.goto(`${collector.origin()}/`);
    await collector.eventsReach(site, 'page_view', 1);
    // A message is left with the browser by now.
    await waitInPage(page, 3800);
    await call(page, 'consent', 'update', { analytics: 'denied' });
    await waitInPage(page, 2500);
    await page.goto('chrome://crash').catch(() => undefined);
    await page.close();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const withId = collector
      .of(site)
      .filter(({ batch }) => batch.c && batch.e.some(({ n }) => n === 'user_engagement'));
    expect(withId).toEqual([]);
  });
});

describe('a page that is prerendered', () => {
  it('sends and stores nothing until it is seen, then counts once', async () => {
    const site = prepare(
      `<script>const note = (what) => fetch('/mark/' + what + (document.cookie ? '-cookie' : '-none'));
       if (document.prerendering) { note('hidden'); setTimeout(() => note('waited'), 900);
         document.addEventListener('prerenderingchange', () => note('shown')); }</script>`,
    );
    collector.page(
      '/asks',
      `<title>asks</title><script type="speculationrules">{"prerender":[{"source":"list","urls":["/"]}]}</script>
       <script>setTimeout(() => { fetch('/mark/before-' + (document.cookie ? 'cookie' : 'none')); location.href = '/'; }, 2200)</script>`,
    );
    const end = await openAlone(collector.port, `${collector.origin()}/asks`);
    try {
      await collector.marked('waited-none');
      expect(collector.of(site)).toEqual([]);
      await collector.marked('before-none');
      await collector.until(() => collector.others.some((line) => line.includes('/mark/shown')));
      await collector.eventsReach(site, 'page_view', 1);
      expect(collector.events(site, 'page_view').length).toBe(1);
    } finally {
      await end();
    }
  });
});
