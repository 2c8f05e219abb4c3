/// <reference lib="dom" />
import { describe, expect, it } from '@jest/globals';
import { call } from './browser.testing.js';
import type { Visit } from './visit.testing.js';

export function describeNavigation(visit: Visit): void {
  const viewed = (site: string) =>
    visit.collector
      .events(site, 'page_view')
      .map(
        ({ u }) =>
          new URL(u as string).pathname + new URL(u as string).search + new URL(u as string).hash,
      );

  describe.each(['default', 'minimal'] as const)('page views of the %s variant', (variant) => {
    const settings = { variant };

    it('counts the first view with its title, address and context', async () => {
      const site = await visit.open({ settings });
      const [view] = await visit.collector.eventsReach(site, 'page_view', 1);
      expect(view).toMatchObject({
        u: `${visit.collector.origin()}/`,
        h: 'start',
        g: expect.any(String),
      });
      const [hit] = visit.collector.of(site);
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
      expect(visit.collector.others.filter((line) => line.startsWith('OPTIONS'))).toEqual([]);
    });

    it('counts pushState with engagement of the page before, in one request', async () => {
      const site = await visit.open({ settings });
      await visit.collector.eventsReach(site, 'page_view', 1);
      await visit.page.evaluate(() => history.pushState({}, '', '/a'));
      await visit.collector.eventsReach(site, 'page_view', 2);
      const last = visit.collector.of(site).at(-1);
      expect(last?.batch.e.map(({ n }) => n)).toEqual(['user_engagement', 'page_view']);
      expect(last?.batch.e[0]).toMatchObject({ u: `${visit.collector.origin()}/`, y: 100 });
      expect(last?.batch.e[1]).toMatchObject({
        u: `${visit.collector.origin()}/a`,
        r: `${visit.collector.origin()}/`,
      });
      expect(last?.batch.x).toBeUndefined();
    });

    it('counts replaceState to another address and a change of the query only', async () => {
      const site = await visit.open({ settings });
      await visit.page.waitForFunction(() => 'hindsight' in window);
      await visit.page.evaluate(() => history.replaceState({}, '', '/b'));
      await visit.page.evaluate(() => history.pushState({}, '', '/b?q=1'));
      await visit.collector.eventsReach(site, 'page_view', 3);
      expect(viewed(site)).toEqual(['/', '/b', '/b?q=1']);
    });

    it('counts no view for the same address or another fragment', async () => {
      const site = await visit.open({ settings });
      await visit.page.waitForFunction(() => 'hindsight' in window);
      await visit.page.evaluate(() => {
        history.replaceState({ more: 1 }, '', location.href);
        history.pushState({}, '', location.href);
        location.hash = 'part';
      });
      await visit.leave();
      expect(viewed(site)).toEqual(['/']);
    });

    it('counts a router that kept the native methods', async () => {
      const site = await visit.open({ settings });
      await visit.page.waitForFunction(() => 'hindsight' in window);
      await visit.page.evaluate(() => History.prototype.pushState.call(history, {}, '', '/native'));
      await visit.collector.eventsReach(site, 'page_view', 2);
      expect(viewed(site)).toEqual(['/', '/native']);
    });

    it('counts back and forward within the document', async () => {
      const site = await visit.open({ settings });
      await visit.page.waitForFunction(() => 'hindsight' in window);
      await visit.page.evaluate(() => history.pushState({}, '', '/a'));
      await visit.collector.eventsReach(site, 'page_view', 2);
      await visit.page.evaluate(() => history.back());
      await visit.collector.eventsReach(site, 'page_view', 3);
      await visit.page.evaluate(() => history.forward());
      await visit.collector.eventsReach(site, 'page_view', 4);
      expect(viewed(site)).toEqual(['/', '/a', '/', '/a']);
    });

    it('counts a page that comes back from the back/forward cache', async () => {
      const site = await visit.open({ settings });
      await visit.collector.eventsReach(site, 'page_view', 1);
      await visit.page.evaluate(() => Object.assign(window, { kept: true }));
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await visit.collector.eventsReach(site, 'page_view', 2);
      await visit.page.evaluate(() => history.back());
      const views = await visit.collector.eventsReach(site, 'page_view', 3);
      expect(await visit.page.evaluate(() => 'kept' in window)).toBe(true);
      expect(viewed(site)).toEqual(['/', '/next', '/']);
      expect(new Set(views.map(({ g }) => g)).size).toBe(3);
    });

    it('reads a title that is set after the address', async () => {
      const site = await visit.open({ settings });
      await visit.collector.eventsReach(site, 'page_view', 1);
      await visit.page.evaluate(() => {
        history.pushState({}, '', '/late');
        setTimeout(() => {
          document.title = 'late';
        }, 100);
      });
      const views = await visit.collector.eventsReach(site, 'page_view', 2);
      expect(views.map(({ h }) => h)).toEqual(['start', 'late']);
    });

    it('gives a view that is left at once the title it had', async () => {
      const site = await visit.open({ settings });
      await visit.page.waitForFunction(() => 'hindsight' in window);
      await visit.page.evaluate(() => {
        history.pushState({}, '', '/one');
        document.title = 'one';
        history.pushState({}, '', '/two');
        document.title = 'two';
      });
      const views = await visit.collector.eventsReach(site, 'page_view', 3);
      expect(views.map(({ h }) => h)).toEqual(['start', 'one', 'two']);
    });

    it('keeps time and address of calls made before it was there', async () => {
      const before = `<script>window.hindsight||((hindsight=function(){hindsight.q.push([arguments,Date.now(),location.href])}).q=[]);
      history.replaceState({}, '', '/early'); hindsight('track', 'early', { a: 1 }); window.calledAt = Date.now(); history.replaceState({}, '', '/')</script>`;
      const site = await visit.open({ settings, before });
      const [event] = await visit.collector.eventsReach(site, 'early', 1);
      const calledAt = await visit.page.evaluate(
        () => (window as unknown as { calledAt: number }).calledAt,
      );
      expect(event).toMatchObject({ u: `${visit.collector.origin()}/early`, p: { a: 1 } });
      expect(Math.abs((event?.t as number) - calledAt)).toBeLessThan(20);
    });

    it('counts once when the script is loaded twice', async () => {
      const site = visit.collector.site(settings);
      visit.collector.page(
        '/twice',
        `<title>twice</title>${visit.collector.tag(site)}${visit.collector.tag(site)}`,
      );
      await visit.page.goto(`${visit.collector.origin()}/twice`);
      await visit.collector.eventsReach(site, 'page_view', 1);
      await visit.leave();
      expect(viewed(site)).toEqual(['/twice']);
    });

    it('gives every event of a view the id of the view, and none twice', async () => {
      const site = await visit.open({ settings });
      await visit.page.waitForFunction(() => 'hindsight' in window);
      for (let number = 0; number < 45; number += 1)
        await call(visit.page, 'track', 'many', { number });
      const many = await visit.collector.eventsReach(site, 'many', 45);
      const [view] = visit.collector.events(site, 'page_view');
      expect(new Set(many.map(({ g }) => g))).toEqual(new Set([view?.g]));
      expect(new Set(many.map(({ i }) => i)).size).toBe(45);
      for (const { batch } of visit.collector.of(site))
        expect(batch.e.length).toBeLessThanOrEqual(25);
    });
  });

  describe('page views as a site wants them', () => {
    it('counts none by itself where the page does', async () => {
      const site = await visit.open({ attributes: 'data-auto="false"' });
      await visit.page.waitForFunction(() => 'hindsight' in window);
      await visit.page.evaluate(() => history.pushState({}, '', '/a'));
      await call(visit.page, 'track', 'alone');
      await call(visit.page, 'page', { section: 'x' });
      await visit.page.evaluate(() => history.pushState({}, '', '/b'));
      await visit.leave();
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(visit.collector.events(site, 'page_view').map(({ p }) => p)).toEqual([
        { section: 'x' },
      ]);
      expect(visit.collector.events(site, 'alone').length).toBe(1);
    });

    it('counts fragments where they are pages', async () => {
      const site = await visit.open({ attributes: 'data-ext="hash"' });
      await visit.collector.until(() => visit.collector.others.includes('GET extension hash'));
      await visit.collector.eventsReach(site, 'page_view', 1);
      await visit.page.evaluate(() => {
        location.hash = '/inbox';
      });
      await visit.collector.eventsReach(site, 'page_view', 2);
      expect(viewed(site)).toEqual(['/', '/#/inbox']);
    });

    it('watches the history in browsers without the Navigation API', async () => {
      const before =
        '<script>delete window.navigation; Object.defineProperty(window, "navigation", { value: undefined })</script>';
      const site = await visit.open({ before });
      await visit.collector.until(() => visit.collector.others.includes('GET extension history'));
      await visit.collector.eventsReach(site, 'page_view', 1);
      await visit.page.evaluate(() => history.pushState({}, '', '/a'));
      await visit.collector.eventsReach(site, 'page_view', 2);
      await visit.page.evaluate(() => history.replaceState({}, '', '/a'));
      await visit.page.evaluate(() => history.back());
      await visit.collector.eventsReach(site, 'page_view', 3);
      expect(viewed(site)).toEqual(['/', '/a', '/']);
    });

    it('goes by another name where the operator says so', async () => {
      const site = await visit.open({ settings: { name: 'stats' } });
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(
        await visit.page.evaluate(() =>
          Object.keys(window).filter((key) => /^(stats|hindsight)$/.test(key)),
        ),
      ).toEqual(['stats']);
      expect((await visit.context.cookies()).map(({ name }) => name)).toEqual(['_stats']);
    });

    it('leaves nothing of itself in the page but one name', async () => {
      const site = visit.collector.site();
      visit.collector.page(
        '/clean',
        `<script>window.before = Object.getOwnPropertyNames(window)</script>${visit.collector.tag(site)}`,
      );
      await visit.page.goto(`${visit.collector.origin()}/clean`);
      await visit.collector.eventsReach(site, 'page_view', 1);
      const more = await visit.page.evaluate(() => {
        const { before } = window as unknown as { before: string[] };
        return Object.getOwnPropertyNames(window).filter(
          // What the browser's driver leaves begins with `__pw`.
          (key) => !before.includes(key) && key !== 'before' && !key.startsWith('__pw'),
        );
      });
      expect(more.sort()).toEqual(['_hindsight=1.', 'hindsight']);
    });
  });
}
