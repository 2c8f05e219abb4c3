/// <reference lib="dom" />
import { describe, expect, it } from '@jest/globals';
import { call } from './browser.testing.js';
import { pinned } from './collector.testing.js';
import { STUB, Visit } from './visit.testing.js';

const visit = Visit.forEach();
const COLLECTOR = 'http://stats.collector.example:*';

/** Faults that the page would notice. */
function watch(): string[] {
  const faults: string[] = [];
  visit.page.on('pageerror', (error) => faults.push(`thrown: ${error}`));
  visit.page.on('console', (message) => {
    if (!/favicon|Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  return faults;
}

describe('content security policies', () => {
  it.each([
    ['none', '', ''],
    ['hosts', `script-src ${COLLECTOR}; connect-src ${COLLECTOR}`, ''],
    ['a nonce', `script-src 'nonce-abc'; connect-src ${COLLECTOR}`, 'nonce="abc"'],
    [
      'a nonce and strict-dynamic',
      `script-src 'nonce-abc' 'strict-dynamic'; connect-src ${COLLECTOR}`,
      'nonce="abc"',
    ],
    ['trusted types', `require-trusted-types-for 'script'; connect-src ${COLLECTOR}`, ''],
    [
      'trusted types, a nonce and strict-dynamic',
      `require-trusted-types-for 'script'; script-src 'nonce-abc' 'strict-dynamic'; connect-src ${COLLECTOR}`,
      'nonce="abc"',
    ],
  ])('%s: views are counted and extensions loaded', async (_, policy, attributes) => {
    const faults = watch();
    const site = await visit.see({
      attributes: `${attributes} data-ext="click errors"`,
      ...(policy && { headers: { 'content-security-policy': policy } }),
    });
    await visit.extensionLoaded('click');
    await visit.extensionLoaded('errors');
    await call(visit.page, 'identify', 'u');
    await call(visit.page, 'track', 'under_policy');
    await visit.collector.eventsReach(site, 'under_policy', 1);
    expect(faults).toEqual([]);
  });

  it('that forbid the collector make no fault, and nothing is lost for ever', async () => {
    const thrown: string[] = [];
    visit.page.on('pageerror', (error) => thrown.push(String(error)));
    const site = await visit.open({ headers: { 'content-security-policy': "connect-src 'self'" } });
    await visit.page.waitForFunction(() => localStorage['hindsight']);
    expect(visit.collector.of(site)).toEqual([]);
    expect(thrown).toEqual([]);
  });
});

describe('odd places', () => {
  it('a sandboxed frame without an origin is counted without an id', async () => {
    const faults = watch();
    const site = visit.prepare({ path: '/framed' });
    visit.collector.page('/frames', '<iframe sandbox="allow-scripts" src="/framed"></iframe>');
    await visit.page.goto(`${visit.collector.origin()}/frames`);
    await visit.collector.eventsReach(site, 'page_view', 1);
    expect(visit.collector.of(site)[0]?.batch.c).toBeUndefined();
    expect(faults).toEqual([]);
  });

  it('integrity: a script whose hash is given is loaded', async () => {
    const site = visit.collector.site();
    const source = await (
      await fetch(`http://127.0.0.1:${visit.collector.port}/h/${site}.js`)
    ).text();
    const hash = Buffer.from(
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(source)),
    ).toString('base64');
    visit.collector.page(
      '/sri',
      visit.collector.tag(site, `integrity="sha256-${hash}" crossorigin="anonymous"`),
    );
    await visit.page.goto(`${visit.collector.origin()}/sri`);
    await visit.collector.eventsReach(site, 'page_view', 1);
  });

  describe('a pinned script', () => {
    const pin = (change = (tag: string) => tag) => {
      const site = visit.collector.site();
      const settings = { extensions: ['click'], mode: 'cookie', name: 'stats' };
      const origin = visit.collector.origin('stats.collector.example');
      const tag = pinned.tagOf({ id: site, domains: ['www.site.example'] }, settings, origin);
      visit.collector.page('/pinned', `<title>pinned</title>${change(tag as string)}`);
      return site;
    };

    it('counts with what its tag says, under the site’s own names', async () => {
      const faults = watch();
      const site = pin();
      await visit.page.goto(`${visit.collector.origin('www.site.example')}/pinned`);
      await visit.extensionLoaded('click');
      await visit.page.evaluate(() => {
        (window as unknown as { stats: (...args: unknown[]) => void }).stats(
          'track',
          'by_its_name',
        );
      });
      await visit.collector.eventsReach(site, 'by_its_name', 1);
      const [first] = visit.collector.of(site);
      const [cookie, ...others] = await visit.context.cookies();
      expect(others).toEqual([]);
      expect(cookie).toMatchObject({ name: '_stats', domain: '.site.example' });
      expect(cookie?.value.startsWith(`1.${first?.batch.c}.`)).toBe(true);
      expect(faults).toEqual([]);
    });

    it('whose bytes are not those of its tag does not run', async () => {
      const site = pin((tag) => tag.replace('sha384-', 'sha384-AAAA'));
      await visit.page.goto(`${visit.collector.origin('www.site.example')}/pinned`);
      await visit.leave();
      expect(visit.collector.of(site)).toEqual([]);
    });
  });

  it.each([
    'navigator.sendBeacon',
    'window.fetch',
    'window.localStorage',
    'window.sessionStorage',
    'window.navigation',
    'navigator.locks',
    'window.crypto',
    'window.Intl',
    'navigator.languages',
    'performance.now',
    'document.hasFocus',
    'window.screen',
    'window.setTimeout',
    'window.URL',
    'document.cookie',
    'performance.getEntriesByType',
  ])('without %s nothing is thrown into the page', async (path) => {
    const faults: string[] = [];
    visit.page.on('pageerror', (error) => faults.push(String(error)));
    const [owner, name] = path.split('.') as [string, string];
    const before = `${STUB}<script>{ let at = ${owner}; while (at && !Object.hasOwn(at, '${name}')) at = Object.getPrototypeOf(at);
      for (const each of [at, ${owner}]) try { Object.defineProperty(each, '${name}', { value: undefined, configurable: true, writable: true }) } catch {} }</script>`;
    const scripted = visit.page.waitForResponse(/\/h\/site/);
    await visit.open({ before });
    await scripted;
    await visit.page.evaluate(() => {
      const { hindsight } = window as unknown as { hindsight: (...call: unknown[]) => void };
      hindsight('track', 'tried', { a: 1 });
      hindsight('identify', 'u');
      history.pushState({}, '', '/moved');
      dispatchEvent(new Event('scroll'));
      dispatchEvent(new Event('pagehide'));
    });
    await visit.leave();
    expect(faults).toEqual([]);
  });

  it('calls of any shape are harmless', async () => {
    const faults = watch();
    const site = await visit.see({ before: STUB });
    await visit.page.evaluate(() => {
      const { hindsight } = window as unknown as { hindsight: (...call: unknown[]) => void };
      const cyclic: Record<string, unknown> = {};
      cyclic['self'] = cyclic;
      for (const call of [
        [],
        [null],
        [undefined],
        [7],
        ['track'],
        ['nonsense', 1],
        ['constructor'],
        ['identify', cyclic],
        ['beforeSend', 7],
        ['use', '../../x'],
        ['ready', null],
      ])
        hindsight(...call);
    });
    await call(visit.page, 'track', 'fine');
    await visit.collector.eventsReach(site, 'fine', 1);
    expect(faults).toEqual([]);
  });

  it('keeps a page in the back/forward cache', async () => {
    await visit.see({ attributes: 'data-ext="click errors media retry vitals history hash"' });
    for (const name of ['click', 'vitals', 'history']) await visit.extensionLoaded(name);
    await visit.page.evaluate(() => Object.assign(window, { kept: true }));
    await visit.page.goto(`${visit.collector.origin()}/mark-me?away`);
    await visit.page.evaluate(() => history.back());
    await visit.page.waitForFunction(() => 'kept' in window);
  });
});

describe('crossing to another domain of the site', () => {
  const settings = { crossDomain: ['shop.example', 'other.example'] };
  const domains = ['shop.example', 'other.example'];

  async function cross(): Promise<string> {
    const other = () => visit.collector.origin('www.other.example');
    const site = visit.prepare({ settings, domains, html: '' });
    const tag = visit.collector.tag(site);
    visit.collector.page(
      '/from',
      `<title>from</title>${tag}<a id="go" href="${other()}/to?a=1#part">over</a>`,
    );
    visit.collector.page('/to', `<title>to</title>${tag}`);
    await visit.page.goto(`${visit.collector.origin()}/from`);
    await visit.collector.eventsReach(site, 'page_view', 1);
    await visit.extensionLoaded('xdomain');
    await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
    return site;
  }

  it('keeps the visitor and the session, and the address clean', async () => {
    const site = await cross();
    await visit.page.click('#go');
    const views = await visit.collector.eventsReach(site, 'page_view', 2);
    const batches = visit.collector
      .of(site)
      .filter(({ batch }) => batch.e.some(({ n }) => n === 'page_view'));
    expect(batches[1]?.batch.c).toBe(batches[0]?.batch.c);
    expect(batches[1]?.batch.n).toEqual(batches[0]?.batch.n);
    expect(views[1]?.u).toBe(`${visit.collector.origin('www.other.example')}/to?a=1#part`);
    expect(visit.page.url()).toBe(views[1]?.u);
    await visit.leave();
    expect(visit.collector.events(site, 'page_view').length).toBe(2);
  });

  it('believes no token that is damaged, and takes it away all the same', async () => {
    const site = await cross();
    const id = visit.collector.of(site)[0]?.batch.c;
    const forged = `1.${id}`.slice(2);
    await visit.page.goto(
      `${visit.collector.origin('www.other.example')}/to?_hs=${forged}.1.1.1.1.abc.def&a=1`,
    );
    await visit.collector.eventsReach(site, 'page_view', 2);
    expect(visit.collector.of(site).at(-1)?.batch.c).not.toBe(id);
    expect(visit.page.url()).toBe(`${visit.collector.origin('www.other.example')}/to?a=1`);
  });

  it('leaves who is known there already as they are', async () => {
    const site = await cross();
    await visit.page.goto(`${visit.collector.origin('www.other.example')}/to`);
    await visit.collector.eventsReach(site, 'page_view', 2);
    const known = visit.collector.of(site).at(-1)?.batch.c;
    await visit.page.goto(`${visit.collector.origin()}/from`);
    await visit.collector.eventsReach(site, 'page_view', 3);
    await visit.extensionLoaded('xdomain');
    await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    await visit.page.click('#go');
    await visit.collector.eventsReach(site, 'page_view', 4);
    expect(
      visit.collector
        .of(site)
        .filter(({ batch }) => batch.e.some(({ n }) => n === 'page_view'))
        .at(-1)?.batch.c,
    ).toBe(known);
  });
});
