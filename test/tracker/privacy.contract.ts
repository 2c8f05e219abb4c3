/// <reference lib="dom" />
import { describe, expect, it } from '@jest/globals';
import { call } from './browser.testing.js';
import { STUB, type Visit } from './visit.testing.js';

export function describePrivacy(visit: Visit): void {
  const NOTHING = { cookies: '', keys: [] };
  const gpc =
    '<script>Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true })</script>';
  const dnt =
    '<script>Object.defineProperty(Navigator.prototype, "doNotTrack", { get: () => "1" })</script>';
  const consent = (kind: string, word: string, more = '') =>
    `<script>hindsight('consent', '${kind}', { analytics: '${word}'${more} })</script>`;
  const flagsOf = (site: string) => visit.collector.of(site).map(({ batch }) => batch.k & 15);
  const idsOf = (site: string) => visit.collector.of(site).map(({ batch }) => batch.c);

  describe('before a visitor has decided, nothing is stored and nothing is sent', () => {
    const modes = ['cookie', 'session', 'cookieless', 'off'] as const;
    const cases = modes.flatMap((mode) =>
      (['granted', 'denied', 'never'] as const).flatMap((decision) =>
        (['attribute', 'setting', 'call'] as const).map((how) => [mode, decision, how] as const),
      ),
    );
    it.each(cases)('mode %s, then %s, held by %s', async (mode, decision, how) => {
      const site = await visit.open({
        settings: { mode, ...(how === 'setting' && { consent: 'wait' as const }) },
        ...(how === 'attribute' && { attributes: 'data-consent="wait"' }),
        before: STUB + (how === 'call' ? consent('default', 'denied') : ''),
      });
      await visit.extensionLoaded('api');
      await visit.page.waitForFunction(
        () => 'getId' in (window as unknown as { hindsight: object }).hindsight,
      );
      await call(visit.page, 'track', 'early', { a: 1 });
      await call(visit.page, 'flush');
      expect(await visit.stored()).toEqual(NOTHING);
      expect(visit.collector.of(site)).toEqual([]);
      if (decision !== 'never')
        await call(visit.page, 'consent', 'update', { analytics: decision });
      const isSent = decision === 'granted' && mode !== 'off';
      if (isSent) {
        const [early] = await visit.collector.eventsReach(site, 'early', 1);
        expect(early?.p).toEqual({ a: 1 });
        expect(visit.collector.events(site, 'page_view').length).toBe(1);
        expect(idsOf(site)[0]).toEqual(mode === 'cookieless' ? undefined : expect.any(String));
        expect(flagsOf(site)[0]).toBe(mode === 'cookieless' ? 2 : 1);
      }
      const stored = await visit.stored();
      expect(stored.cookies !== '').toBe(isSent && mode === 'cookie');
      expect(stored.keys).toEqual(isSent && mode === 'session' ? ['hindsight'] : []);
      await visit.leave();
      if (!isSent) expect(visit.collector.of(site)).toEqual([]);
    });
  });

  describe('consent', () => {
    it('taken back deletes cookie and queue, and nothing more is sent', async () => {
      const site = await visit.see({ before: STUB });
      expect((await visit.stored()).cookies).toMatch(/_hindsight/);
      visit.collector.always({ status: 503 });
      await call(visit.page, 'track', 'kept');
      await call(visit.page, 'flush');
      await visit.collector.until(() =>
        visit.collector.of(site).some(({ status }) => status === 503),
      );
      await visit.page.waitForFunction(() => localStorage['hindsight']);
      await call(visit.page, 'consent', 'update', { analytics: 'denied' });
      await visit.page.waitForFunction(() => !localStorage['hindsight']);
      visit.collector.always(null);
      expect(await visit.stored()).toEqual(NOTHING);
      const sent = visit.collector.of(site).length;
      await call(visit.page, 'track', 'refused');
      await visit.leave();
      expect(visit.collector.of(site).length).toBe(sent);
    });

    it('refused counts without an id where the site may do so', async () => {
      const site = await visit.open({
        settings: { consent: 'wait', denied: 'cookieless' },
        before: STUB + consent('update', 'denied'),
      });
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(idsOf(site)).toEqual([undefined]);
      expect(flagsOf(site)).toEqual([2]);
      expect(await visit.stored()).toEqual(NOTHING);
    });

    it('waited for becomes what the default says, when it does not come', async () => {
      const site = await visit.open({
        settings: { denied: 'cookieless' },
        before: STUB + consent('default', 'denied', ', waitForUpdate: 300'),
      });
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(flagsOf(site)).toEqual([2]);
    });

    it('granted by default begins at once, with a cookie', async () => {
      const site = await visit.open({ before: STUB + consent('default', 'granted') });
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(flagsOf(site)).toEqual([1]);
      expect((await visit.stored()).cookies).toMatch(/_hindsight/);
    });

    it('about something else holds nothing back', async () => {
      const before = `${STUB}<script>hindsight('consent', 'update', { ads: 'denied' })</script>`;
      const site = await visit.open({ before });
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(flagsOf(site)).toEqual([1]);
    });

    it('that cannot be loaded sends nothing rather than too much', async () => {
      visit.collector.blocked.add('api');
      const site = await visit.open({ before: STUB + consent('default', 'denied') });
      await visit.extensionLoaded('api');
      await visit.page.waitForFunction(() => 'navigation' in window);
      await visit.leave();
      expect(visit.collector.of(site)).toEqual([]);
    });

    it('holds no more than a batch', async () => {
      const site = await visit.open({ attributes: 'data-consent="wait"', before: STUB });
      await visit.page.waitForFunction(
        () => 'getId' in ((window as unknown as { hindsight: object }).hindsight ?? {}),
      );
      await visit.page.evaluate(() => {
        const { hindsight } = window as unknown as { hindsight: (...call: unknown[]) => void };
        for (let number = 0; number < 300; number += 1) hindsight('track', 'many', { number });
      });
      await call(visit.page, 'flush');
      await call(visit.page, 'consent', 'update', { analytics: 'granted' });
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(visit.collector.of(site)[0]?.batch.e.length).toBeLessThanOrEqual(99);
    });
  });

  describe('the browser’s signals', () => {
    it.each([
      ['GPC', gpc, {}, undefined, 2 | 4],
      ['GPC ignored', gpc, { gpc: 'ignore' }, expect.any(String), 1 | 4],
      [
        'GPC ignored in session mode',
        gpc,
        { gpc: 'ignore', mode: 'session' },
        expect.any(String),
        1 | 4,
      ],
      ['GPC of a strict site', gpc, { gpc: 'off' }, 'nothing', 0],
      ['GPC with DNT', gpc + dnt, { dnt: 'off' }, 'nothing', 0],
      ['DNT, which is not heeded unless asked', dnt, {}, expect.any(String), 1],
      ['DNT heeded', dnt, { dnt: 'cookieless' }, undefined, 2 | 8],
      ['DNT of a strict site', dnt, { dnt: 'off' }, 'nothing', 0],
    ])('%s', async (_, before, settings, id, flags) => {
      const site = await visit.open({ settings, before });
      if (id === 'nothing') {
        await visit.extensionLoaded('api');
        await visit.page.waitForFunction(
          () => 'getId' in ((window as unknown as { hindsight: object }).hindsight ?? {}),
        );
        expect(await visit.stored()).toEqual(NOTHING);
        await visit.leave();
        expect(visit.collector.of(site)).toEqual([]);
        return;
      }
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(idsOf(site)).toEqual([id]);
      expect(flagsOf(site)).toEqual([flags]);
      if (id === undefined) expect(await visit.stored()).toEqual(NOTHING);
    });
  });

  describe('modes and opting out', () => {
    it('session: another tab is another visitor, no cookie is set', async () => {
      const site = await visit.see({ settings: { mode: 'session' } });
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await visit.collector.eventsReach(site, 'page_view', 2);
      const tab = await visit.context.newPage();
      await tab.goto(`${visit.collector.origin()}/next`);
      await visit.collector.eventsReach(site, 'page_view', 3);
      const views = visit.collector
        .of(site)
        .filter(({ batch }) => batch.e.some(({ n }) => n === 'page_view'));
      const ids = views.map(({ batch }) => batch.c);
      expect(ids[0]).toBe(ids[1]);
      expect(ids[2]).not.toBe(ids[0]);
      expect(await visit.context.cookies()).toEqual([]);
    });

    it('a user is not named without an id', async () => {
      const site = await visit.see({ settings: { mode: 'cookieless' }, before: STUB });
      await call(visit.page, 'identify', 'user-7');
      await call(visit.page, 'track', 'after');
      await visit.collector.eventsReach(site, 'after', 1);
      expect(visit.collector.of(site).map(({ batch }) => batch.m)).toEqual(
        visit.collector.of(site).map(() => undefined),
      );
    });

    it('the mode of the tag counts for its page', async () => {
      const site = await visit.see({ attributes: 'data-mode="cookieless"' });
      expect(idsOf(site)).toEqual([undefined]);
      expect(await visit.stored()).toEqual(NOTHING);
    });

    it('who opts out is forgotten, on later pages too, until opting in', async () => {
      const site = await visit.see({ before: STUB });
      await call(visit.page, 'optOut');
      await visit.page.waitForFunction(() => localStorage['hindsight-']);
      expect(await visit.stored()).toEqual({ cookies: '', keys: ['hindsight-'] });
      const sent = visit.collector.of(site).length;
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await visit.page.waitForFunction(
        () => 'getId' in ((window as unknown as { hindsight: object }).hindsight ?? {}),
      );
      await call(visit.page, 'consent', 'update', { analytics: 'granted' });
      await call(visit.page, 'track', 'no');
      await visit.leave();
      expect(visit.collector.of(site).length).toBe(sent);
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await visit.page.waitForFunction(
        () => 'getId' in ((window as unknown as { hindsight: object }).hindsight ?? {}),
      );
      await call(visit.page, 'optIn');
      await call(visit.page, 'track', 'again');
      await visit.collector.eventsReach(site, 'again', 1);
    });

    it('every mode leaves the page without a fault', async () => {
      const faults: string[] = [];
      visit.page.on('pageerror', (error) => faults.push(String(error)));
      visit.page.on('console', (message) => faults.push(message.text()));
      for (const mode of ['cookie', 'session', 'cookieless'] as const)
        await visit.see({ settings: { mode } });
      expect(faults.filter((text) => !/favicon|404/.test(text))).toEqual([]);
    });
  });
}
