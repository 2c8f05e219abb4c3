/// <reference lib="dom" />
import { describe, expect, it } from '@jest/globals';
import { call } from './browser.testing.js';
import { STUB, type Visit } from './visit.testing.js';

export function describeIdentity(visit: Visit): void {
  const idsOf = (site: string) => visit.collector.of(site).map(({ batch }) => batch.c);
  const cookieText = async () => (await visit.context.cookies())[0]?.value ?? '';

  describe('the visitor', () => {
    it('gets one cookie for 400 days, readable by the page, on the whole domain', async () => {
      const site = await visit.see();
      const cookies = await visit.context.cookies();
      expect(cookies.length).toBe(1);
      const [cookie] = cookies;
      expect(cookie).toMatchObject({
        name: '_hindsight',
        domain: '.shop.example',
        path: '/',
        sameSite: 'Lax',
        httpOnly: false,
        secure: false,
      });
      expect(cookie?.value).toMatch(/^1\.\w{8,64}\.\d+\.\d+\.\d+\.1$/);
      const days = ((cookie?.expires ?? 0) - Date.now() / 1000) / 86_400;
      expect(days).toBeGreaterThan(399);
      // A browser may round up to a second.
      expect(days).toBeLessThanOrEqual(400 + 1 / 86_400);
      expect(cookie?.value.split('.')[1]).toBe(idsOf(site)[0]);
    });

    it('is the same on the next page, in another tab and on a subdomain', async () => {
      const site = await visit.see();
      await visit.page.goto(`${visit.collector.origin()}/next`);
      await visit.collector.eventsReach(site, 'page_view', 2);
      const tab = await visit.context.newPage();
      await tab.goto(`${visit.collector.origin('app.shop.example')}/`);
      await visit.collector.eventsReach(site, 'page_view', 3);
      expect(new Set(idsOf(site)).size).toBe(1);
      expect(visit.collector.of(site).every(({ batch }) => batch.n?.[1] === 1)).toBe(true);
    });

    it('is another one in another browser', async () => {
      const site = await visit.see();
      const first = idsOf(site)[0];
      await visit.context.close();
      await visit.begin();
      await visit.page.goto(visit.collector.origin());
      await visit.collector.eventsReach(site, 'page_view', 2);
      expect(idsOf(site).at(-1)).not.toBe(first);
    });

    it('keeps a cookie of this host alone where there is no domain to share', async () => {
      await visit.see({ domains: ['localhost'], host: 'www.other.example' });
      expect((await visit.context.cookies())[0]?.domain).toBe('www.other.example');
    });

    it('keeps a cookie of this host where the site is registered under another domain', async () => {
      await visit.see({ host: 'www.other.example' });
      expect((await visit.context.cookies())[0]?.domain).toBe('www.other.example');
    });

    it.each([
      ['goes on within half an hour', 1790, 1],
      ['begins anew after half an hour', 1801, 2],
    ])('in a session that %s', async (_, seconds, number) => {
      const site = visit.prepare();
      const before = Math.floor(Date.now() / 1000) - seconds;
      const value = `1.known_visitor.${before}.${before}.${before}.1`;
      await visit.context.addCookies([
        { name: '_hindsight', value, domain: '.shop.example', path: '/' },
      ]);
      await visit.page.goto(visit.collector.origin());
      await visit.collector.eventsReach(site, 'page_view', 1);
      const { c, n } = visit.collector.of(site)[0]?.batch ?? {};
      expect(c).toBe('known_visitor');
      expect(n?.[1]).toBe(number);
      if (number === 1) expect(n?.[0]).toBe(before);
      else expect(n?.[0]).toBeGreaterThan(before + 1800);
      expect(await cookieText()).toMatch(
        new RegExp(`^1\\.known_visitor\\.${before}\\.\\d+\\.\\d+\\.${number}$`),
      );
    });

    it('is made anew of a cookie that is damaged', async () => {
      const site = visit.prepare();
      await visit.context.addCookies([
        { name: '_hindsight', value: '1.x', domain: '.shop.example', path: '/' },
      ]);
      await visit.page.goto(visit.collector.origin());
      await visit.collector.eventsReach(site, 'page_view', 1);
      expect(visit.collector.of(site)[0]?.batch.n).toEqual([expect.any(Number), 1]);
    });

    it('lives in memory where cookies are refused', async () => {
      const before =
        '<script>Object.defineProperty(document, "cookie", { get: () => "", set() {} })</script>';
      const site = await visit.see({ before });
      await call(visit.page, 'track', 'later');
      await visit.collector.eventsReach(site, 'later', 1);
      expect(new Set(idsOf(site)).size).toBe(1);
      expect(idsOf(site)[0]).toMatch(/^\w{8,}/);
      expect(await visit.context.cookies()).toEqual([]);
    });

    it('is sent without an id where cookies cannot even be asked for', async () => {
      const before =
        '<script>Object.defineProperty(document, "cookie", { get() { throw new Error("no") } })</script>';
      const site = await visit.see({ before });
      expect(idsOf(site)).toEqual([undefined]);
    });
  });

  describe('what is known of the visitor', () => {
    it('is the user from identify on, until reset makes somebody new', async () => {
      const site = await visit.see({ before: STUB });
      await call(visit.page, 'identify', 'user-7', { plan: 'pro' });
      await visit.collector.eventsReach(site, 'identify', 1);
      await call(visit.page, 'reset');
      await call(visit.page, 'track', 'after');
      await visit.collector.eventsReach(site, 'after', 1);
      const of = (name: string) =>
        visit.collector.of(site).find(({ batch }) => batch.e.some(({ n }) => n === name))?.batch;
      expect(of('page_view')?.m).toBeUndefined();
      expect(of('identify')).toMatchObject({ m: 'user-7' });
      expect(visit.collector.events(site, 'identify')[0]?.p).toEqual({ plan: 'pro' });
      expect(of('after')?.m).toBeUndefined();
      expect(of('after')?.c).not.toBe(of('page_view')?.c);
    });

    it('bears properties set once, group and alias', async () => {
      const site = await visit.see({ before: STUB });
      await call(visit.page, 'set', { theme: 'dark' });
      await call(visit.page, 'group', 'acme', { seats: 5 });
      await call(visit.page, 'alias', 'new-id');
      await call(visit.page, 'screen', 'Inbox');
      const [group] = await visit.collector.eventsReach(site, 'group', 1);
      expect(group?.p).toEqual({ theme: 'dark', group_id: 'acme', seats: 5 });
      const [alias] = await visit.collector.eventsReach(site, 'alias', 1);
      expect(alias?.p).toEqual({ theme: 'dark', alias: 'new-id' });
      const [screen] = await visit.collector.eventsReach(site, 'screen_view', 1);
      expect(screen?.p).toEqual({ theme: 'dark', screen_name: 'Inbox' });
    });

    it('is told to the page: ids, methods by name, and when all is there', async () => {
      const site = await visit.see({ before: STUB });
      const ids = await visit.page.evaluate(
        () =>
          new Promise<unknown[]>((resolve) => {
            const api = (
              window as unknown as {
                hindsight: ((...call: unknown[]) => void) &
                  Record<string, (...args: unknown[]) => unknown>;
              }
            ).hindsight;
            api('ready', () => {
              api['track']?.('by_name', { a: 1 });
              resolve([api['getId']?.(), api['getSessionId']?.()]);
            });
          }),
      );
      const [event] = await visit.collector.eventsReach(site, 'by_name', 1);
      expect(event?.p).toEqual({ a: 1 });
      expect(ids).toEqual([idsOf(site)[0], String(visit.collector.of(site)[0]?.batch.n?.[0])]);
    });

    it('passes what the page looks at before it is sent', async () => {
      const before = `${STUB}<script>hindsight('beforeSend', (event) => { if (event.n === 'secret') return false; event.u = event.u.replace('token=1', 'token=x'); throw0(); })
      hindsight('beforeSend', (event) => event.n !== 'secret' && { ...event, p: { ...event.p, looked: true } })</script>`;
      const site = await visit.see({ before, path: '/' });
      await call(visit.page, 'track', 'secret');
      await call(visit.page, 'track', 'open', { a: 1 });
      const [event] = await visit.collector.eventsReach(site, 'open', 1);
      await visit.leave();
      expect(event?.p).toEqual({ a: 1, looked: true });
      expect(visit.collector.events(site, 'secret')).toEqual([]);
    });
  });
}
