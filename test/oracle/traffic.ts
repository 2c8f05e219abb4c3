import type { Arrival, OracleEvent } from './wire.js';

/** A seeded generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const HUMAN =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';
const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
/** One visitor may use both: the session has the device of its first event. */
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
const PAGES = [
  '/',
  '/pricing',
  '/blog/a',
  '/blog/b',
  '/shop/cart',
  '/shop/thanks/1',
  '/docs/x/y',
  '/ü?q=1',
];
const QUERIES = [
  '',
  '',
  '',
  '?utm_source=Newsletter&utm_medium=Email&utm_campaign=spring%20shop',
  '?gclid=1',
  '?utm_source=fb&utm_medium=cpc',
  '?utm_source=&utm_source=partner-z',
  '?msclkid=z&utm_medium=CPM',
  '?utm_campaign=a+b',
];
const REFERRERS = [
  undefined,
  undefined,
  'https://www.google.com/',
  'https://www.google.de/search?q=a',
  'https://m.facebook.com/l.php',
  'https://example.com/own',
  'https://blog.example.com/below',
  'https://chatgpt.com/',
  'https://news.example.org/x/y?z=1',
  'not a url',
];
const NAMES = [
  'page_view',
  'page_view',
  'page_view',
  'screen_view',
  'user_engagement',
  'purchase',
  'sign_up',
  'scroll',
  'signal',
  'signal',
];
/** Events that say something beyond their name, some of them nothing or nonsense. */
const SIGNALS: readonly (readonly [string, NonNullable<OracleEvent['p']>])[] = [
  ['click', { outbound: true, link_url: 'https://elsewhere.example/a?b=c' }],
  ['click', { outbound: 'true', link_url: 'https://other.example/' }],
  ['click', { outbound: false, link_url: 'https://example.com/inside' }],
  ['click', { outbound: true }],
  ['file_download', { file_name: '/files/report.pdf', link_url: 'https://example.com/r' }],
  ['file_download', { link_url: 'https://example.com/files/data.csv' }],
  ['form_submit', { form_id: 'contact' }],
  ['form_submit', { form_id: '', form_name: 'newsletter' }],
  ['form_submit', { form_destination: 'https://example.com/send' }],
  ['404', { path: '/gone' }],
  ['404', {}],
  ['exception', { description: 'TypeError: x is undefined', fatal: false }],
  ['exception', { description: '(other)' }],
  ['LCP', { value: 2500 }],
  ['LCP', { value: 4000.1, metric_value: 2500.1 }],
  ['INP', { value: 500 }],
  ['CLS', { value: 0.1 }],
  ['CLS', { value: 0.25000001 }],
  ['CLS', { value: 0 }],
  ['TTFB', { value: 'fast' }],
  ['FCP', { value: -1 }],
];
const VITALS = ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'];
const STEPS_MS = [0, 1, 900, 10_000, 10_001, 61_000, 29 * 60_000, 1_800_000, 1_800_001, 3_700_000];

/** What traffic to make. */
export interface TrafficOptions {
  readonly seed: number;
  readonly visitors: number;
  /** Instant of the first event, ms. */
  readonly startAt: number;
  /** Span within which visitors begin, ms. */
  readonly spanMs: number;
}

/**
 * Nasty but valid traffic: late, early, duplicate and bridging events, exact time-outs, several classes
 * of one visitor, campaigns and own referrers. Arrivals stay within the guarantee of CONTRACT §3.
 */
export function makeTraffic({ seed, visitors, startAt, spanMs }: TrafficOptions): Arrival[] {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const made: { at: number; arrivesAt: number; arrival: Omit<Arrival, 'receivedAt'> }[] = [];
  for (let visitor = 0; visitor < visitors; visitor += 1) {
    let at = startAt + Math.floor(random() * spanMs);
    const count = 1 + Math.floor(random() * 9);
    for (let n = 0; n < count; n += 1) {
      const event = makeEvent(`${seed}-${visitor}-${n}`, at);
      const agent = random();
      const arrival = {
        userAgent: agent < 0.08 ? BOT : agent < 0.25 ? PHONE : HUMAN,
        batch: {
          v: 1 as const,
          s: 'site',
          b: `b${seed}-${visitor}-${n}`,
          t: at,
          c: `v${visitor}`,
          ...(random() < 0.7 ? { n: [1, random() < 0.5 ? 1 : 2] as [number, number] } : {}),
          k: random() < 0.03 ? 17 : 1,
          ...(random() < 0.6 ? { x: makeContext() } : {}),
          e: [event],
        },
      };
      // Most come at once, some minutes or hours later: out of order, bridging, starting earlier.
      const delay = random() < 0.7 ? 0 : Math.floor(random() * 5 * 3_600_000);
      made.push({ at, arrivesAt: at + delay, arrival });
      if (random() < 0.1)
        made.push({ at, arrivesAt: at + delay + Math.floor(random() * 3_600_000), arrival });
      at += pick(STEPS_MS);
    }
  }
  made.sort((a, b) => a.arrivesAt - b.arrivesAt);
  return made.map(({ at, arrivesAt, arrival }) => ({
    ...arrival,
    receivedAt: arrivesAt,
    // The client's clock is off by a minute: only differences count.
    batch: {
      ...arrival.batch,
      t: arrivesAt - 60_000,
      e: [{ ...arrival.batch.e[0], t: at - 60_000 } as OracleEvent],
    },
  }));

  function makeEvent(id: string, at: number): OracleEvent {
    const name = pick(NAMES);
    const [n, p] = name === 'signal' ? makeSignal() : [name, undefined];
    const url = `https://${random() < 0.9 ? 'example.com' : 'shop.example.com:8443'}${pick(PAGES)}`;
    const query = url.includes('?') ? '' : pick(QUERIES);
    return {
      i: id,
      n,
      t: at,
      ...(random() < 0.95 ? { u: url + query } : {}),
      ...(random() < 0.8 ? { h: pick(['Home', 'Pricing', 'Blog', '']) } : {}),
      ...(p === undefined ? {} : { p }),
      ...(n === 'user_engagement' ? { d: Math.floor(random() * 20_000) } : {}),
      ...(n === 'user_engagement' || random() < 0.1 ? { y: Math.floor(random() * 101) } : {}),
      ...(n === 'purchase'
        ? { $: { value: pick([9.99, -5, 0.0001, 100]), currency: pick(['EUR', 'EUR', 'USD']) } }
        : {}),
    };
  }

  function makeSignal(): readonly [string, OracleEvent['p']] {
    if (random() < 0.5) return pick(SIGNALS);
    const n = pick(VITALS);
    const value = n === 'CLS' ? random() ** 4 * 2 : 10 ** (random() * 6) - 1;
    return [n, random() < 0.5 ? { value } : { value: 1, metric_value: value }];
  }

  function makeContext(): NonNullable<Arrival['batch']['x']> {
    const r = pick(REFERRERS);
    return {
      sc: pick(['1920x1080', '390x844']),
      l: [pick(['en-US', 'de-DE'])],
      z: pick(['Europe/Berlin', 'Europe/Paris', 'America/New_York', 'Asia/Calcutta']),
      ...(r === undefined ? {} : { r }),
    };
  }
}
