/// <reference lib="dom" />
import { describe, expect, it } from '@jest/globals';
import { call } from './browser.testing.js';
import { STUB, type Visit } from './visit.testing.js';

export function describeDelivery(visit: Visit): void {
  const collected = (site: string) => visit.collector.of(site);
  const answered = (site: string, status: number) =>
    visit.collector.until(
      () => collected(site).some((hit) => hit.status === status),
      `a ${status}`,
    );
  /** Time stands still for the page's timers but for what a case moves: back-off in a moment. */
  const isStored = (keys: string) =>
    visit.page.waitForFunction((key) => localStorage.getItem(key), keys);

  describe('what the collector does not take', () => {
    it.each([503, 500, 429, 408])(
      '%i: is kept and sent again, the same ids, a new time',
      async (status) => {
        visit.collector.answer({ status });
        const site = await visit.open();
        await answered(site, status);
        await isStored('hindsight');
        const views = await visit.collector.eventsReach(site, 'page_view', 1);
        const [first, again] = collected(site);
        expect(views[0]?.i).toBe(first?.batch.e[0]?.i);
        expect(again?.batch.b).toBe(first?.batch.b);
        expect(again?.batch.t).toBeGreaterThan(first?.batch.t ?? 0);
        expect((again?.batch.k ?? 0) & 32).toBe(32);
        await visit.page.waitForFunction(() => !localStorage['hindsight']);
      },
    );

    it('a cut connection: the same', async () => {
      visit.collector.answer({ status: 0 });
      const site = await visit.see();
      expect(visit.collector.events(site, 'page_view').length).toBe(1);
    });

    it('429 with Retry-After: not before', async () => {
      visit.collector.answer({ status: 429, headers: { 'retry-after': '4' } });
      const site = await visit.open();
      await answered(site, 429);
      await isStored('hindsight');
      visit.collector.answer({ status: 429, headers: { 'retry-after': '4' } });
      await visit.collector.until(() => collected(site).length === 2);
      await visit.collector.eventsReach(site, 'page_view', 1);
      const [, second, third] = collected(site);
      expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(3990);
    });

    it.each([400, 401, 403, 404, 415])('%i: is dropped', async (status) => {
      visit.collector.answer({ status });
      const site = await visit.open();
      await answered(site, status);
      expect(await visit.page.evaluate(() => localStorage.getItem('hindsight'))).toBeNull();
      await visit.leave();
      expect(visit.collector.events(site, 'page_view')).toEqual([]);
    });

    it('413: is split until it fits', async () => {
      visit.collector.answer({ status: 413 }, { status: 413 });
      const site = await visit.open({
        before: `${STUB}<script>for (let n = 0; n < 4; n++) hindsight('track', 'part', { n })</script>`,
      });
      await answered(site, 413);
      await visit.collector.eventsReach(site, 'part', 4);
      const whole = collected(site)[0]?.batch.e.length ?? 0;
      expect(whole).toBe(5);
      expect(
        collected(site)
          .filter(({ status }) => status === 202)
          .map(({ batch }) => batch.e.length),
      ).toEqual([2, 3]);
    });

    it('a page that is closed meanwhile: the next page sends it', async () => {
      visit.collector.always({ status: 503 });
      const site = await visit.open();
      await answered(site, 503);
      await isStored('hindsight');
      await visit.page.close();
      visit.collector.always(null);
      const page = await visit.context.newPage();
      await page.goto(`${visit.collector.origin()}/next`);
      const views = await visit.collector.eventsReach(site, 'page_view', 2);
      expect(new Set(views.map(({ u }) => u)).size).toBe(2);
      for (const event of views) expect(Math.abs(event.t - Date.now())).toBeLessThan(20_000);
    });

    it('offline: kept, and sent once when the network is back', async () => {
      const site = await visit.see({ attributes: 'data-ext="retry"' });
      await visit.extensionLoaded('retry');
      await visit.context.setOffline(true);
      await call(visit.page, 'track', 'offline', { n: 1 });
      await call(visit.page, 'flush').catch(() => undefined);
      await isStored('hindsight');
      await visit.context.setOffline(false);
      await visit.collector.eventsReach(site, 'offline', 1);
      await visit.page.waitForFunction(() => !localStorage['hindsight']);
      expect(
        collected(site).filter(({ batch }) => batch.e.some(({ n }) => n === 'offline')).length,
      ).toBe(1);
    });

    it('offline before the extension was there: the next page sends it', async () => {
      const site = await visit.see();
      await visit.context.setOffline(true);
      await call(visit.page, 'track', 'offline', { n: 1 });
      await isStored('hindsight');
      await visit.context.setOffline(false);
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await visit.collector.eventsReach(site, 'offline', 1);
      await visit.page.waitForFunction(() => !localStorage['hindsight']);
    });

    it('many tabs drain it once', async () => {
      visit.collector.always({ status: 503 });
      const site = await visit.open();
      await answered(site, 503);
      await isStored('hindsight');
      await visit.page.goto(`${visit.collector.origin('www.elsewhere.example')}/mark-me?tabs`);
      visit.collector.always(null);
      const tabs = await Promise.all([1, 2, 3, 4].map(() => visit.context.newPage()));
      await Promise.all(tabs.map((tab) => tab.goto(`${visit.collector.origin()}/next`)));
      await visit.collector.eventsReach(site, 'page_view', 5);
      const [first] = collected(site);
      const resent = collected(site).filter(
        ({ batch, status }) => batch.b === first?.batch.b && status === 202,
      );
      expect(resent.length).toBe(1);
    });

    it('without Web Locks a lease keeps the tabs apart', async () => {
      const before =
        '<script>Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined })</script>';
      visit.collector.answer({ status: 503 });
      const site = await visit.see({ before });
      await visit.page.waitForFunction(() => !localStorage['hindsight']);
      expect(await visit.page.evaluate(() => Object.keys(localStorage))).toEqual([]);
      expect(visit.collector.events(site, 'page_view').length).toBe(1);
    });

    it('an extension that cannot be loaded loses nothing: a later page does it', async () => {
      visit.collector.blocked.add('retry');
      visit.collector.answer({ status: 503 });
      const site = await visit.open();
      await answered(site, 503);
      await isStored('hindsight');
      visit.collector.blocked.clear();
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await visit.collector.eventsReach(site, 'page_view', 2);
    });

    it('a full storage and one that is forbidden make no fault', async () => {
      const faults: string[] = [];
      visit.page.on('pageerror', (error) => faults.push(String(error)));
      visit.collector.always({ status: 503 });
      const full =
        '<script>Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }; for (let n = 0; n < 6; n++) try { localStorage["f" + n] = "x".repeat(1e6) } catch {}</script>';
      await answered(await visit.open({ before: full }), 503);
      const none =
        '<script>Object.defineProperty(window, "localStorage", { get() { throw new Error("none") } })</script>';
      await answered(await visit.open({ before: none }), 503);
      await visit.leave();
      expect(faults).toEqual([]);
    });

    it('keeps at most 128,000 characters, the newest', async () => {
      const site = await visit.see();
      await visit.page.evaluate(() => {
        const old = {
          v: 1,
          s: 'x',
          b: '1',
          t: 1,
          k: 1,
          e: [{ i: 'old', n: 'old', t: Date.now() - 8 * 86_400_000 }],
        };
        for (let n = 0; n < 300; n += 1) {
          const e = [{ i: `e${n}`, n: 'pad', t: Date.now(), p: { pad: 'x'.repeat(400) } }];
          const b = `1${String(n).padStart(3, '0')}`;
          localStorage[`${b}hindsight`] = JSON.stringify({ ...old, b, t: n, e });
        }
        localStorage['1hindsight'] = JSON.stringify(old);
        localStorage['2hindsight'] = '{"damaged":';
        localStorage['3another'] = localStorage['another'] = 'of somebody else';
        localStorage['hindsight'] = '1';
      });
      visit.collector.always({ status: 503 });
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await answered(site, 503);
      const ids = await visit.page.waitForFunction(() => {
        const keys = Object.keys(localStorage).filter((key) => /^\d+hindsight$/.test(key));
        const length = keys.reduce((sum, key) => sum + localStorage[key].length, 0);
        return length < 130_000 && keys.includes('1299hindsight') && keys;
      });
      const kept = (await ids.jsonValue()) as string[];
      expect(kept.length).toBeGreaterThan(100);
      expect(kept).not.toContain('1hindsight');
      expect(kept).not.toContain('2hindsight');
      expect(kept).not.toContain('1000hindsight');
      expect(await visit.page.evaluate(() => localStorage['3another'])).toBe('of somebody else');
    });
  });

  describe('what a browser lets a page send', () => {
    it('64 KiB at once: a refused beacon is kept and comes later', async () => {
      const site = await visit.see();
      await visit.page.evaluate(
        (url) => {
          // Half the quota is taken: what the tracker has to say does not fit beside it.
          navigator.sendBeacon(
            url,
            JSON.stringify({
              v: 1,
              s: 'other',
              b: 'x',
              t: 1,
              k: 0,
              e: [{ i: 'x', n: 'x', t: 1, p: { pad: 'x'.repeat(60_000) } }],
            }),
          );
          const { hindsight } = window as unknown as { hindsight: (...call: unknown[]) => void };
          for (let n = 0; n < 15; n += 1) hindsight('track', 'big', { n, pad: 'x'.repeat(480) });
        },
        `${visit.collector.origin('stats.collector.example')}/h`,
      );
      await visit.leave();
      await visit.page.goto(`${visit.collector.origin()}/next`);
      const events = await visit.collector.eventsReach(site, 'big', 15);
      expect(new Set(events.map(({ i }) => i)).size).toBe(15);
    });

    it('no preflight, ever, and no header of ours', async () => {
      visit.collector.answer({ status: 503 });
      const site = await visit.see();
      await call(visit.page, 'track', 'more');
      await visit.leave();
      expect(visit.collector.others.filter((line) => line.startsWith('OPTIONS'))).toEqual([]);
      for (const { headers, method } of collected(site)) {
        expect(method).toBe('POST');
        expect(headers['content-type']).toBe('text/plain;charset=UTF-8');
        expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
      }
    });

    it('a slow collector delays no navigation', async () => {
      visit.collector.always({ status: 202, delayMs: 4000 });
      await visit.open({ html: '<a id="go" href="/next">go</a>' });
      await visit.page.waitForFunction(() => 'hindsight' in window);
      await call(visit.page, 'track', 'slow');
      const startedAt = Date.now();
      await visit.page.click('#go');
      await visit.page.waitForURL('**/next');
      expect(Date.now() - startedAt).toBeLessThan(3000);
    });
  });

  describe('strict delivery', () => {
    it('keeps each batch until it is acknowledged', async () => {
      const site = await visit.see({ settings: { delivery: 'strict' } });
      await visit.extensionLoaded('retry');
      visit.collector.always({ status: 202, delayMs: 800 });
      await call(visit.page, 'track', 'paid');
      await call(visit.page, 'flush');
      await isStored('hindsight');
      await visit.collector.eventsReach(site, 'paid', 1);
      await visit.page.waitForFunction(() => !localStorage['hindsight']);
      expect(visit.collector.events(site, 'paid').length).toBe(1);
    });

    it('sends what a beacon may have lost again on the next page, with the same ids', async () => {
      const site = await visit.see({ settings: { delivery: 'strict' } });
      await visit.extensionLoaded('retry');
      await visit.page.waitForFunction(() => 'hindsight' in window);
      await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
      await call(visit.page, 'track', 'leaving');
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await visit.collector.eventsReach(site, 'page_view', 2);
      const sent = await visit.collector.until(() => {
        const hits = collected(site).filter(({ batch }) =>
          batch.e.some(({ n }) => n === 'leaving'),
        );
        return hits.length === 2 && hits;
      });
      expect(sent[0]?.batch.b).toBe(sent[1]?.batch.b);
      expect((sent[1]?.batch.k ?? 0) & 96).toBe(32);
      expect(visit.collector.events(site, 'leaving').length).toBe(1);
    });

    it('of one event alone, where the page says so', async () => {
      const site = await visit.see({ attributes: 'data-ext="retry"' });
      await visit.extensionLoaded('retry');
      await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
      visit.collector.always({ status: 202, delayMs: 800 });
      await call(
        visit.page,
        'track',
        'order',
        { a: 1 },
        { important: true, value: 9.5, currency: 'EUR' },
      );
      await call(visit.page, 'flush').catch(() => undefined);
      await isStored('hindsight');
      const [event] = await visit.collector.eventsReach(site, 'order', 1);
      expect(event?.$).toMatchObject({ value: 9.5, currency: 'EUR' });
    });
  });
}
