import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TrackerSettings } from '../../apps/ingest/src/script/tracker-settings.js';
import { Collector } from './collector.testing.js';
import { Firefox, type Person, type Tab } from './firefox.testing.js';

const STUB =
  '<script>window.hindsight||((hindsight=function(){hindsight.q.push([arguments,Date.now(),location.href])}).q=[])</script>';

let collector: Collector;
let firefox: Firefox;
let person: Person;
let tab: Tab;
beforeAll(async () => {
  collector = await Collector.start();
  collector.page('/mark-me', '<script>fetch("/mark/" + location.search.slice(1))</script>');
  firefox = await Firefox.start();
});
afterAll(async () => {
  await firefox.close();
  await collector.close();
});
beforeEach(async () => {
  collector.always(null);
  person = await firefox.person();
  tab = await person.tab();
});
afterEach(() => person.leave());

interface PageOptions {
  settings?: TrackerSettings;
  attributes?: string;
  before?: string;
}

/** Makes the pages of a new site. */
function prepare({ settings, attributes, before = '' }: PageOptions = {}): string {
  const site = collector.site(settings);
  const html = `<!doctype html><html><head><title>start</title>${before}${collector.tag(site, attributes)}</head><body></body></html>`;
  for (const path of ['/', '/next']) collector.page(path, html);
  return site;
}
async function open(options: PageOptions = {}): Promise<string> {
  const site = prepare(options);
  await tab.goto(`${collector.origin()}/`);
  return site;
}
/** The same, and its first view has arrived. */
async function see(options: PageOptions = {}): Promise<string> {
  const site = await open(options);
  await collector.eventsReach(site, 'page_view', 1);
  return site;
}
const viewed = (site: string) =>
  collector.events(site, 'page_view').map(({ u }) => {
    const { pathname, search } = new URL(u as string);
    return pathname + search;
  });
const visitors = (site: string) => new Set(collector.of(site).map(({ batch }) => batch.c));
let marks = 0;
/** Leaves the page, and waits until what it sent has arrived. */
async function leave(): Promise<void> {
  marks += 1;
  await tab.goto(`${collector.origin('www.elsewhere.example')}/mark-me?firefox-${marks}`);
  await collector.marked(`firefox-${marks}`);
}

describe('in Firefox: the visitor', () => {
  it('gets one cookie for 400 days on the whole domain, and is the same on every page of it', async () => {
    const site = await see();
    const [cookie, ...more] = await person.cookies();
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({ name: '_hindsight', domain: '.shop.example', sameSite: 'lax' });
    expect(cookie?.value).toMatch(/^1\.\w{8,64}\.\d+\.\d+\.\d+\.1$/);
    const days = ((cookie?.expiry ?? 0) - Date.now() / 1000) / 86_400;
    expect(days).toBeGreaterThan(399);
    await tab.goto(`${collector.origin()}/next`);
    const other = await person.tab();
    await other.goto(`${collector.origin('app.shop.example')}/`);
    await collector.eventsReach(site, 'page_view', 3);
    expect(visitors(site).size).toBe(1);
  });

  it('is another one for another person', async () => {
    const site = await see();
    const other = await firefox.person();
    await (await other.tab()).goto(`${collector.origin()}/`);
    await collector.eventsReach(site, 'page_view', 2);
    expect(visitors(site).size).toBe(2);
    await other.leave();
  });

  it.each([
    ['goes on within half an hour', 1790, 1],
    ['begins anew after half an hour', 1801, 2],
  ])('in a session that %s', async (_, seconds, number) => {
    const site = prepare();
    const before = Math.floor(Date.now() / 1000) - seconds;
    await person.bring(
      '_hindsight',
      `1.known_visitor.${before}.${before}.${before}.1`,
      '.shop.example',
    );
    await tab.goto(`${collector.origin()}/`);
    await collector.eventsReach(site, 'page_view', 1);
    expect(collector.of(site)[0]?.batch).toMatchObject({
      c: 'known_visitor',
      n: [expect.any(Number), number],
    });
  });

  it('lives in memory where cookies are refused', async () => {
    const before =
      '<script>Object.defineProperty(document, "cookie", { get: () => "", set() {} })</script>';
    const site = await see({ before });
    await tab.call('track', 'later');
    await collector.eventsReach(site, 'later', 1);
    expect(visitors(site).size).toBe(1);
    expect(await person.cookies()).toEqual([]);
  });
});

describe.each(['default', 'minimal'] as const)('in Firefox: views of the %s variant', (variant) => {
  const settings = { variant };

  it('are those of every address but a fragment, also of a router that kept the native methods', async () => {
    const site = await see({
      settings,
      before: '<script>kept = History.prototype.pushState</script>',
    });
    await tab.until('window.hindsight && !window.hindsight.q');
    // Without the Navigation API the extension that watches the history must be there.
    if (!(await tab.evaluate<boolean>("'navigation' in window")))
      await collector.until(() => collector.others.includes('GET extension history'));
    const act = (code: string) => tab.evaluate(`(() => { ${code} })()`);
    await act("history.pushState(null, '', '/a')");
    await collector.eventsReach(site, 'page_view', 2);
    await act("history.replaceState(null, '', '/b')");
    await act("history.replaceState({ n: 1 }, '', '/b')");
    await act("location.hash = 'part'");
    await act("history.pushState(null, '', '/b?q=1')");
    await collector.eventsReach(site, 'page_view', 4);
    await act('history.back()');
    await collector.eventsReach(site, 'page_view', 5);
    expect(viewed(site)).toEqual(['/', '/a', '/b', '/b?q=1', '/b']);
    if (await tab.evaluate<boolean>("'navigation' in window")) {
      await act("kept.call(history, null, '', '/native')");
      await collector.eventsReach(site, 'page_view', 6);
      expect(viewed(site).at(-1)).toBe('/native');
    }
    expect(collector.others.filter((line) => line.startsWith('OPTIONS'))).toEqual([]);
  });

  it('keep time and address of calls made before the script was there', async () => {
    const before = `${STUB}<script>history.replaceState({}, '', '/early'); hindsight('track', 'early', { a: 1 }); history.replaceState({}, '', '/')</script>`;
    const site = await see({ settings, before });
    const [event] = await collector.eventsReach(site, 'early', 1);
    expect(event).toMatchObject({ u: `${collector.origin()}/early`, p: { a: 1 } });
  });

  it('count once when the script is loaded twice', async () => {
    const site = collector.site(settings);
    collector.page('/twice', `<title>twice</title>${collector.tag(site)}${collector.tag(site)}`);
    await tab.goto(`${collector.origin()}/twice`);
    await collector.eventsReach(site, 'page_view', 1);
    await leave();
    expect(viewed(site)).toEqual(['/twice']);
  });

  it('have the next page, and the way back to a page that was kept', async () => {
    const site = await see({ settings });
    await tab.evaluate('(window.kept = true)');
    await tab.goto(`${collector.origin()}/next`);
    await collector.eventsReach(site, 'page_view', 2);
    await tab.evaluate('setTimeout(() => history.back(), 20)');
    await collector.eventsReach(site, 'page_view', 3);
    await tab.until("location.pathname === '/'");
    expect(await tab.evaluate<boolean>('window.kept === true')).toBe(true);
    expect(viewed(site)).toEqual(['/', '/next', '/']);
  });
});

describe('in Firefox: what the collector does not take', () => {
  it.each([503, 429, 0])('%i: is kept and sent again, with the same ids', async (status) => {
    collector.answer({ status });
    const site = await see();
    const [first, again] = collector.of(site);
    expect(first?.status).toBe(status);
    expect(again?.batch.b).toBe(first?.batch.b);
    expect(again?.batch.e[0]?.i).toBe(first?.batch.e[0]?.i);
    expect((again?.batch.k ?? 0) & 32).toBe(32);
    await tab.until("!localStorage['hindsight']");
  });

  it('400: is dropped', async () => {
    collector.answer({ status: 400 });
    const site = await open();
    await collector.until(() => collector.of(site).length > 0);
    await leave();
    expect(collector.events(site, 'page_view')).toEqual([]);
  });

  it('of a page that is closed: the next one sends it', async () => {
    collector.always({ status: 503 });
    const site = await open();
    await collector.until(() => collector.of(site).length > 0);
    await tab.until("localStorage['hindsight']");
    const other = await person.tab();
    await tab.close();
    collector.always(null);
    await other.goto(`${collector.origin()}/next`);
    await collector.eventsReach(site, 'page_view', 2);
  });

  it('what is said while a page is left arrives', async () => {
    const site = await see();
    await tab.call('track', 'before');
    await leave();
    await collector.eventsReach(site, 'before', 1);
  });

  it('several tabs send the same queue once', async () => {
    collector.always({ status: 503 });
    const site = await open();
    await collector.until(() => collector.of(site).length > 0);
    await tab.until("localStorage['hindsight']");
    const tabs = await Promise.all([person.tab(), person.tab()]);
    collector.always(null);
    await Promise.all(tabs.map((each) => each.goto(`${collector.origin()}/next`)));
    for (const each of tabs) await each.front();
    await collector.until(() =>
      collector.events(site, 'page_view').some(({ u }) => u?.endsWith('/')),
    );
    await tab.until("!localStorage['hindsight']");
    const kept = collector.events(site, 'page_view').filter(({ u }) => u?.endsWith('/'));
    expect(kept).toHaveLength(1);
  });
});

describe('in Firefox: before consent', () => {
  const stored = () =>
    tab.evaluate<unknown[]>(
      '[document.cookie, Object.keys(localStorage).length, Object.keys(sessionStorage).length]',
    );

  it('nothing is stored and nothing sent; granted, everything is', async () => {
    const site = await open({ settings: { consent: 'wait' }, before: STUB });
    await tab.call('track', 'held');
    await collector.until(() => collector.others.includes('GET extension api'));
    await leave();
    expect(collector.of(site)).toEqual([]);
    await tab.goto(`${collector.origin()}/`);
    expect(await stored()).toEqual(['', 0, 0]);
    await tab.call('consent', 'update', { analytics: 'granted' });
    await collector.eventsReach(site, 'page_view', 1);
    expect((await stored())[0]).toMatch(/^_hindsight=1\./);
  });

  it('denied, what was stored goes', async () => {
    const site = await see();
    await tab.call('consent', 'update', { analytics: 'denied' });
    await tab.until("document.cookie === ''");
    await tab.call('track', 'after');
    await leave();
    expect(collector.events(site, 'after')).toEqual([]);
  });

  it.each([
    ['session', false],
    ['cookieless', true],
  ])('mode %s sets no cookie', async (mode, isAnonymous) => {
    const site = await see({ settings: { mode } });
    expect((await stored())[0]).toBe('');
    const { c, k = 0 } = collector.of(site)[0]?.batch ?? {};
    expect([c === undefined, (k & 2) === 2]).toEqual([isAnonymous, isAnonymous]);
  });

  it('mode off sends nothing', async () => {
    const site = await open({ settings: { mode: 'off' } });
    await collector.until(() => collector.others.includes('GET extension api'));
    await leave();
    expect(collector.of(site)).toEqual([]);
  });

  it('Global Privacy Control means no id', async () => {
    const before =
      '<script>Object.defineProperty(navigator, "globalPrivacyControl", { value: true })</script>';
    const site = await see({ before });
    const { c, k = 0 } = collector.of(site)[0]?.batch ?? {};
    expect([c, k & 6, (await stored())[0]]).toEqual([undefined, 6, '']);
  });
});
