/// <reference lib="dom" />
import { describe, expect, it } from '@jest/globals';
import { call } from './browser.testing.js';
import { Visit } from './visit.testing.js';

const visit = Visit.forEach();
const viewed = (site: string) =>
  visit.collector.events(site, 'page_view').map(({ u }) => {
    const { pathname, search } = new URL(u as string);
    return pathname + search;
  });
const push = (path: string) => visit.page.evaluate((to) => history.pushState(null, '', to), path);

describe('what a site says about addresses', () => {
  it('takes parameters out before anything is stored or sent', async () => {
    visit.collector.always({ status: 503 });
    const settings = {
      delivery: 'strict' as const,
      addresses: { remove: ['token', 'email'] },
    };
    const site = visit.prepare({ settings });
    await visit.page.goto(`${visit.collector.origin()}/?email=a%40b.example&page=2`);
    await visit.collector.until(() => visit.collector.of(site).length > 0);
    await push('/next?token=secret&keep=%C3%A4');
    await visit.collector.until(() => visit.collector.of(site).length > 1);
    const stored = await visit.page.evaluate(() => JSON.stringify({ ...localStorage }));
    expect(stored).toContain('page=2');
    visit.collector.always(null);
    await visit.page.evaluate(() => dispatchEvent(new Event('online')));
    await visit.collector.eventsReach(site, 'page_view', 2);
    expect(viewed(site)).toEqual(['/?page=2', '/next?keep=%C3%A4']);
    const sent = JSON.stringify(visit.collector.of(site).map(({ batch }) => batch));
    for (const secret of ['a%40b', 'a@b', 'secret']) {
      expect(stored).not.toContain(secret);
      expect(sent).not.toContain(secret);
    }
  });

  it('sends nothing at all when what does it cannot be loaded', async () => {
    visit.collector.blocked.add('addresses');
    const site = await visit.open({ settings: { addresses: { remove: ['token'] } } });
    await visit.extensionLoaded('addresses');
    await call(visit.page, 'track', 'held');
    await visit.leave();
    expect(visit.collector.of(site)).toEqual([]);
  });

  it('makes no view of another query where that says nothing', async () => {
    const site = await visit.see({ settings: { addresses: { ignoreQuery: true } } });
    await push('/?sort=up');
    await push('/?sort=down');
    await push('/next?sort=up');
    await visit.collector.eventsReach(site, 'page_view', 2);
    await visit.leave();
    expect(viewed(site)).toEqual(['/', '/next']);
  });

  it('tracks some pages only, and others not', async () => {
    const addresses = { only: ['/', '/shop/*'], except: ['/shop/admin/*'] };
    const site = await visit.see({ settings: { addresses } });
    for (const path of ['/shop/a', '/shop/admin/users', '/private', '/shop/b']) await push(path);
    await call(visit.page, 'track', 'seen');
    await push('/private');
    await call(visit.page, 'track', 'unseen');
    await visit.leave();
    await visit.collector.eventsReach(site, 'page_view', 3);
    await visit.collector.eventsReach(site, 'seen', 1);
    expect(viewed(site)).toEqual(['/', '/shop/a', '/shop/b']);
    expect(visit.collector.events(site, 'seen')).toHaveLength(1);
    expect(visit.collector.events(site, 'unseen')).toEqual([]);
  });

  it('reads how far an element was scrolled that scrolls instead of the page', async () => {
    const site = await visit.see({
      settings: { addresses: { scroll: '#content' } },
      html: '<div style="height: 3000px"></div><div id="content" style="position: fixed; inset: 0; overflow: auto"><div style="height: 4000px"></div></div>',
    });
    await visit.page.evaluate(() => {
      const content = document.querySelector('#content') as HTMLElement;
      content.scrollTop = content.scrollHeight;
    });
    await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1200)));
    await visit.leave();
    const [event] = await visit.collector.eventsReach(site, 'user_engagement', 1);
    expect(event?.y).toBe(100);
  });
});

describe('who wants to be left out by an address', () => {
  it('is, in this browser, until it is taken back', async () => {
    const site = visit.prepare({ settings: { selfExclude: 'ignore' } });
    await visit.page.goto(`${visit.collector.origin()}/#hindsight-ignore`);
    await visit.extensionLoaded('api');
    await visit.page.goto(`${visit.collector.origin()}/next`);
    await visit.leave();
    expect(visit.collector.of(site)).toEqual([]);
    await visit.page.goto(`${visit.collector.origin()}/next#hindsight-count`);
    await visit.collector.eventsReach(site, 'page_view', 1);
  });
});
