/// <reference lib="dom" />
import { describe, expect, it } from '@jest/globals';
import { call } from './browser.testing.js';
import { STUB, Visit } from './visit.testing.js';

const visit = Visit.forEach();
const ELSEWHERE = 'http://www.elsewhere.example';

/** Opens a page with the extension `click` at work. */
async function see(
  html: string,
  more: { before?: string; settings?: object } = {},
): Promise<string> {
  const site = await visit.see({ attributes: 'data-ext="click"', html, ...more });
  await visit.extensionLoaded('click');
  await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  return site;
}
const first = async (site: string, name: string) =>
  (await visit.collector.eventsReach(site, name, 1))[0]?.p;

describe('links', () => {
  it.each([
    ['a plain link', `<a id="go" href="${ELSEWHERE}/x?q=1">Go  there</a>`, '#go'],
    ['a child of a link', `<a href="${ELSEWHERE}/x?q=1">Go  <b id="go">there</b></a>`, '#go'],
    [
      'a link of SVG',
      `<svg width="200" height="50"><a href="${ELSEWHERE}/x?q=1"><text id="go" y="20">Go there</text></a></svg>`,
      '#go',
    ],
    [
      'a link that opens a tab',
      `<a id="go" target="_blank" href="${ELSEWHERE}/x?q=1">Go there</a>`,
      '#go',
    ],
  ])('to elsewhere: %s', async (_, html, target) => {
    const site = await see(html);
    await visit.page.click(target);
    expect(await first(site, 'click')).toMatchObject({
      link_url: `${ELSEWHERE}/x?q=1`,
      link_domain: 'www.elsewhere.example',
      link_text: 'Go there',
      outbound: true,
    });
  });

  it('in a shadow tree', async () => {
    const site = await see('<div id="host"></div>');
    await visit.page.evaluate((url) => {
      const root = (document.getElementById('host') as HTMLElement).attachShadow({ mode: 'open' });
      root.innerHTML = `<a href="${url}">in the shadow</a>`;
    }, `${ELSEWHERE}/s`);
    await visit.page.click('#host a');
    expect(await first(site, 'click')).toMatchObject({
      link_url: `${ELSEWHERE}/s`,
      link_text: 'in the shadow',
    });
  });

  it('by the middle button', async () => {
    const site = await see(`<a id="go" href="${ELSEWHERE}/m">middle</a>`);
    await visit.page.click('#go', { button: 'middle' });
    expect(await first(site, 'click')).toMatchObject({ link_url: `${ELSEWHERE}/m` });
  });

  it.each([
    ['within the site', '<a id="go" href="/next">next</a>'],
    ['to a mailbox', '<a id="go" href="mailto:a@b.example">mail</a>'],
    ['that do nothing', '<a id="go" href="javascript:void 0">nothing</a>'],
    [
      'that are to be ignored',
      `<p data-track-ignore><a id="go" target="_blank" href="${ELSEWHERE}/">ignored</a></p>`,
    ],
    ['by the right button', `<a id="go" href="${ELSEWHERE}/">menu</a>`],
  ])('%s are no outbound links', async (what, html) => {
    const site = await see(html);
    await visit.page.click('#go', { button: what.includes('right') ? 'right' : 'left' });
    await visit.leave();
    expect(visit.collector.events(site, 'click')).toEqual([]);
  });

  it('are followed as if nobody looked', async () => {
    await see('<a id="go" href="/next">next</a>');
    visit.collector.always({ status: 202, delayMs: 3000 });
    await visit.page.click('#go');
    await visit.page.waitForURL('**/next');
  });

  it.each([
    ['by its ending', '<a id="go" href="/files/report.PDF?v=1">r</a>', '/files/report.PDF', 'PDF'],
    ['by its attribute', '<a id="go" download href="/files/data">d</a>', '/files/data', undefined],
  ])('a download %s', async (_, html, name, extension) => {
    const site = await see(html);
    await visit.page.evaluate(() =>
      document.addEventListener('click', (event) => event.preventDefault()),
    );
    await visit.page.click('#go');
    const props = await first(site, 'file_download');
    expect(props?.['file_name']).toBe(name);
    expect(props?.['file_extension']).toBe(extension);
    expect(visit.collector.events(site, 'click')).toEqual([]);
  });

  it('a download by endings of the site’s own', async () => {
    const site = await see('<a id="go" href="/a.blend">b</a>', {
      settings: { downloads: ['blend'] },
    });
    await visit.page.click('#go');
    expect(await first(site, 'file_download')).toMatchObject({
      file_name: '/a.blend',
      file_extension: 'blend',
    });
  });
});

describe('forms', () => {
  const FIELDS =
    '<input name="email" value="" placeholder="e"><input name="id" type="hidden" value="hidden-secret"><input type="password" name="pw"><button>send</button>';

  it('are started and sent, and no value ever leaves the page', async () => {
    const site = await see(`<form id="contact" name="c" action="/next?to=x">${FIELDS}</form>`);
    await visit.page.fill('input[name=email]', 'person@mail.example');
    await visit.page.fill('input[name=pw]', 'pass-secret');
    await visit.page.click('button');
    await visit.page.waitForURL('**/next**');
    const props = {
      form_id: 'contact',
      form_name: 'c',
      form_destination: `${visit.collector.origin()}/next`,
    };
    expect(await first(site, 'form_start')).toEqual(props);
    expect(await first(site, 'form_submit')).toEqual(props);
    await visit.leave();
    const events = visit.collector.of(site).flatMap(({ batch }) => batch.e);
    const own = events.map(({ u, r, ...event }) => event);
    expect(JSON.stringify(own)).not.toMatch(/secret|person@mail/);
  });

  it('that are not valid are not sent, those that are not checked are', async () => {
    const site = await see(
      '<form id="checked" action="/next"><input required><button id="one">1</button></form><form id="unchecked" novalidate action="/next"><input required><button id="two">2</button></form>',
    );
    await visit.page.click('#one');
    await visit.page.click('#two');
    await visit.page.waitForURL('**/next**');
    await first(site, 'form_submit');
    expect(visit.collector.events(site, 'form_submit').map(({ p }) => p?.['form_id'])).toEqual([
      'unchecked',
    ]);
  });

  it('that are to be ignored are', async () => {
    const site = await see('<form data-track-ignore action="/next"><button>go</button></form>');
    await visit.page.click('button');
    await visit.page.waitForURL('**/next**');
    await visit.leave();
    expect(visit.collector.events(site, 'form_submit')).toEqual([]);
  });
});

describe('elements and pages', () => {
  it('marked elements say their name and properties', async () => {
    const site = await see(
      '<button data-track="buy" data-track-plan="pro" data-track-list-price="9"><i id="go">buy</i></button>',
    );
    await visit.page.click('#go');
    expect(await first(site, 'buy')).toEqual({ plan: 'pro', list_price: '9' });
  });

  it('a page that is not there says so', async () => {
    const site = await see('', { before: '<meta name="hindsight:status" content="404">' });
    expect(await first(site, '404')).toEqual({ path: '/' });
  });
});

describe('what else pages do', () => {
  it('errors: each once, at most ten', async () => {
    const site = await visit.see({ attributes: 'data-ext="errors"' });
    await visit.extensionLoaded('errors');
    await visit.page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const fail = (text: string) =>
        setTimeout(() => {
          throw new TypeError(text);
        });
      fail('same');
      fail('same');
      Promise.reject(new RangeError('rejected'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (let n = 0; n < 20; n += 1) fail(`many ${n}`);
    });
    const events = await visit.collector.eventsReach(site, 'exception', 10);
    await visit.leave();
    expect(visit.collector.events(site, 'exception').length).toBe(10);
    const texts = events.map(({ p }) => p?.['description']);
    expect(texts).toEqual(expect.arrayContaining(['TypeError: same', 'RangeError: rejected']));
    expect(new Set(texts).size).toBe(10);
  });

  it('errors that a page caught itself', async () => {
    const site = await visit.see({ before: STUB });
    await visit.page.evaluate(() =>
      (window as unknown as { hindsight: (...call: unknown[]) => void }).hindsight(
        'captureException',
        new Error('caught'),
        { where: 'cart' },
      ),
    );
    expect(await first(site, 'exception')).toEqual({
      description: 'Error: caught',
      fatal: false,
      where: 'cart',
    });
  });

  it('web vitals under their names', async () => {
    const site = await visit.see({
      attributes: 'data-ext="vitals"',
      html: '<h1 id="big">Large text for the largest paint</h1><button id="b">b</button>',
    });
    await visit.extensionLoaded('vitals');
    await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    await visit.page.click('#b');
    await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    await visit.leave();
    for (const name of ['TTFB', 'FCP', 'LCP', 'CLS']) {
      const props = await first(site, name);
      expect(props?.['metric_value']).toEqual(expect.any(Number));
      expect(props?.['metric_rating']).toMatch(/^(good|needs-improvement|poor)$/);
    }
  });

  it('each web vital once a view, however often it is hidden', async () => {
    const site = await visit.see({
      attributes: 'data-ext="vitals"',
      html: '<p id="text">text that is moved</p>',
    });
    await visit.extensionLoaded('vitals');
    for (let times = 0; times < 3; times += 1) {
      await visit.page.evaluate(async () => {
        const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
        const become = (state: string) => {
          Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
          document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
        };
        await wait(600);
        const above = document.createElement('div');
        above.style.height = '200px';
        document.body.prepend(above);
        await wait(300);
        become('hidden');
        await wait(50);
        become('visible');
      });
    }
    await visit.leave();
    const [shift, ...more] = visit.collector.events(site, 'CLS');
    expect(shift?.p?.['metric_value']).toBeGreaterThan(0);
    expect(more).toEqual([]);
  });

  it('media: start, quarters and end', async () => {
    const site = await visit.see({
      attributes: 'data-ext="media"',
      html: '<audio id="a" title="tone"></audio>',
    });
    await visit.extensionLoaded('media');
    await visit.page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const rate = 8000;
      const samples = rate;
      const bytes = new DataView(new ArrayBuffer(44 + samples));
      const text = (at: number, value: string) =>
        [...value].forEach((c, i) => {
          bytes.setUint8(at + i, c.charCodeAt(0));
        });
      text(0, 'RIFF');
      bytes.setUint32(4, 36 + samples, true);
      text(8, 'WAVEfmt ');
      bytes.setUint32(16, 16, true);
      bytes.setUint16(20, 1, true);
      bytes.setUint16(22, 1, true);
      bytes.setUint32(24, rate, true);
      bytes.setUint32(28, rate, true);
      bytes.setUint16(32, 1, true);
      bytes.setUint16(34, 8, true);
      text(36, 'data');
      bytes.setUint32(40, samples, true);
      const audio = document.getElementById('a') as HTMLAudioElement;
      audio.muted = true;
      audio.src = URL.createObjectURL(new Blob([bytes.buffer], { type: 'audio/wav' }));
      await audio.play();
    });
    expect(await first(site, 'video_start')).toMatchObject({
      video_title: 'tone',
      video_provider: 'audio',
      video_duration: 1,
    });
    expect(await first(site, 'video_complete')).toMatchObject({ video_percent: 100 });
    expect(visit.collector.events(site, 'video_start').length).toBe(1);
  });

  it('e-commerce: items are summed up, a purchase is money, a basket is none', async () => {
    const site = await visit.see({ before: STUB, attributes: 'data-ext="ecommerce"' });
    await visit.extensionLoaded('ecommerce');
    await visit.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
    const items = [
      { item_id: 'a', price: 0.1, quantity: 3 },
      { item_id: 'b', price: 2 },
    ];
    await call(visit.page, 'ecommerce', 'add_to_cart', { currency: 'EUR', items });
    await call(visit.page, 'ecommerce', 'purchase', {
      transaction_id: 't1',
      currency: 'EUR',
      items,
    });
    await call(visit.page, 'ecommerce', 'refund', {
      transaction_id: 't1',
      currency: 'EUR',
      value: 2,
    });
    await call(visit.page, 'ecommerce', 'no_such', {});
    const [purchase] = await visit.collector.eventsReach(site, 'purchase', 1);
    expect(purchase?.$).toEqual({ value: 2.3, currency: 'EUR' });
    expect(purchase?.p).toEqual({
      transaction_id: 't1',
      value: 2.3,
      currency: 'EUR',
      item_count: 4,
      item_ids: 'a,b',
    });
    const [refund] = await visit.collector.eventsReach(site, 'refund', 1);
    expect(refund?.$).toEqual({ value: -2, currency: 'EUR' });
    const [cart] = await visit.collector.eventsReach(site, 'add_to_cart', 1);
    expect(cart?.$).toBeUndefined();
    expect(visit.collector.events(site, 'no_such')).toEqual([]);
  });
});

describe('other tools’ words', () => {
  it('gtag: events, user, consent and what was called before', async () => {
    const before = `<script>window.dataLayer = []; function gtag() { dataLayer.push(arguments) }
      gtag('js', new Date()); gtag('config', 'G-1', { user_id: 'u1' }); gtag('event', 'sign_up', { method: 'mail', deep: { no: 1 } })</script>`;
    const site = await visit.see({ before, attributes: 'data-ext="gtag"' });
    await visit.extensionLoaded('gtag');
    expect(await first(site, 'sign_up')).toEqual({ method: 'mail' });
    await visit.page.evaluate(() => {
      const { gtag } = window as unknown as { gtag: (...args: unknown[]) => void };
      gtag('event', 'purchase', { value: 5, currency: 'USD', items: [{ item_id: 'x' }] });
      gtag('event', 'user_engagement');
    });
    const [purchase] = await visit.collector.eventsReach(site, 'purchase', 1);
    expect(purchase?.$).toEqual({ value: 5, currency: 'USD' });
    const last = visit.collector.of(site).at(-1)?.batch;
    expect(last?.m).toBe('u1');
  });

  it('TCF: nothing before the dialog is answered, then as it was', async () => {
    const before = `<script>window.__tcfapi = (command, version, react) => { react({ eventStatus: 'cmpuishown' }, true);
      window.answer = (ok) => react({ eventStatus: 'useractioncomplete', gdprApplies: true, purpose: { consents: { 1: ok, 8: ok } } }, true) }</script>`;
    const site = await visit.open({
      before: STUB + before,
      attributes: 'data-consent="wait" data-ext="bridge"',
    });
    await visit.extensionLoaded('bridge');
    await visit.page.waitForFunction(() => 'answer' in window);
    await visit.extensionLoaded('api');
    expect(visit.collector.of(site)).toEqual([]);
    await visit.page.evaluate(() =>
      (window as unknown as { answer: (ok: boolean) => void }).answer(true),
    );
    await visit.collector.eventsReach(site, 'page_view', 1);
  });

  it('GA’s consent mode', async () => {
    const before = `<script>window.dataLayer = []; function gtag() { dataLayer.push(arguments) } gtag('consent', 'default', { analytics_storage: 'denied' })</script>`;
    const site = await visit.open({
      before: STUB + before,
      attributes: 'data-consent="wait" data-ext="bridge"',
    });
    await visit.extensionLoaded('bridge');
    await visit.extensionLoaded('api');
    await visit.page.evaluate(() =>
      (window as unknown as { gtag: (...args: unknown[]) => void }).gtag('consent', 'update', {
        analytics_storage: 'granted',
      }),
    );
    await visit.collector.eventsReach(site, 'page_view', 1);
    expect(visit.collector.of(site)[0]?.batch.k).toBe(17);
  });
});
