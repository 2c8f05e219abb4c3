import {
  definitionOf,
  type Envelope,
  type EventId,
  NO_CONTEXT,
  NOWHERE,
  type ParsedUrl,
  type SiteId,
  typeOfName,
  type VisitorId,
  visitorHashOf,
} from '#events';
import { siteIdOfKey } from '#readmodel';
import { EventQueue } from './event-queue.js';
import { mulberry32, zipf } from './random.js';
import { type RealisticKind, realisticKind } from './realistic-kinds.js';

/** What traffic to make. */
export interface RealisticOptions {
  readonly events: number;
  readonly days: number;
  readonly seed: number;
  readonly siteIds: readonly string[];
  /** Instant of the newest event, ms. */
  readonly until: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const PATHS = 2000;
/** Zipf exponents of pages and referrers: a few get most. */
const PAGE_SKEW = 1.05;
const REFERRER_SKEW = 0.9;
const REFERRERS = 100;
const EVENTS_PER_SESSION = 5;
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Mobile Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:{}) Gecko/20100101 Firefox/{}',
];
const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const SCREENS = [
  '1920x1080',
  '1536x864',
  '1440x900',
  '390x844',
  '412x915',
  '1366x768',
  '2560x1440',
  '820x1180',
];
const LANGUAGES = ['de-DE', 'en-US', 'en-GB', 'fr-FR', 'es-ES', 'it-IT', 'nl-NL', 'pl-PL'];
const ZONES = [
  'Europe/Berlin',
  'Europe/Paris',
  'America/New_York',
  'Europe/London',
  'Asia/Tokyo',
  'Europe/Madrid',
  'America/Sao_Paulo',
  'Asia/Kolkata',
];
const SOURCES = [
  'https://www.google.com/',
  'https://www.bing.com/',
  'https://duckduckgo.com/',
  'https://m.facebook.com/',
  'https://t.co/x',
  'https://chatgpt.com/',
  'https://www.reddit.com/r/web',
  'https://news.ycombinator.com/item',
];
const CAMPAIGNS = [
  '?utm_source=newsletter&utm_medium=email&utm_campaign=november',
  '?utm_source=google&utm_medium=cpc&utm_campaign=brand',
  '?gclid=abc',
  '?utm_source=facebook&utm_medium=social',
];

/** Events in the order of their arrival, the same for the same seed. */
export function* realisticEvents(options: RealisticOptions): Generator<Envelope> {
  const random = mulberry32(options.seed);
  const pages = zipf(PATHS, PAGE_SKEW, random);
  const referrers = zipf(REFERRERS, REFERRER_SKEW, random);
  const sessions = Math.ceil(options.events / EVENTS_PER_SESSION);
  const visitors = Math.max(1, Math.floor(sessions * 0.6));
  const stepMs = (options.days * DAY_MS) / sessions;
  const start = options.until - options.days * DAY_MS;
  const queue = new EventQueue();
  let made = 0;
  for (let session = 0; session < sessions && made < options.events; session += 1) {
    const at = start + daily(session * stepMs);
    const visitor = Math.floor(visitors * random() ** 1.6);
    const count = Math.min(
      1 + Math.floor(random() * 2 * EVENTS_PER_SESSION - 0.5),
      options.events - made,
    );
    for (const event of sessionEvents(session, visitor, at, Math.max(1, count))) queue.push(event);
    made += Math.max(1, count);
    yield* queue.before(at);
  }
  yield* queue.before(Number.POSITIVE_INFINITY);

  function* sessionEvents(
    session: number,
    visitor: number,
    at: number,
    count: number,
  ): Generator<Envelope> {
    const traits = mulberry32(visitor * 7919 + options.seed);
    const pick = <T>(list: readonly T[]) => list[Math.floor(traits() * list.length)] as T;
    const isBot = traits() < 0.03;
    const version = String(100 + Math.floor(traits() * 40));
    const who = {
      siteId: pick(options.siteIds),
      userAgent: isBot ? BOT : pick(AGENTS).replaceAll('{}', version),
      screen: pick(SCREENS),
      language: pick(LANGUAGES),
      timeZone: pick(ZONES),
    };
    const campaign =
      random() < 0.15 ? (CAMPAIGNS[Math.floor(random() * CAMPAIGNS.length)] as string) : '';
    const referrer =
      random() < 0.38
        ? null
        : referrers() < SOURCES.length
          ? SOURCES[referrers() % SOURCES.length]
          : `https://site-${referrers()}.example.net/p`;
    let when = at;
    let page = pages();
    for (let number = 0; number < count; number += 1) {
      const kind = realisticKind(number === 0, who.userAgent, random);
      if (kind.name === 'page_view') page = pages();
      yield makeEvent({
        id: `${options.seed}-${session}-${number}`,
        ...kind,
        at: Math.min(Math.round(when), options.until),
        visitor: `v${options.seed}-${visitor}`,
        number,
        page,
        campaign: number === 0 ? campaign : '',
        referrer: referrer ?? null,
        isFirst: random() < 0.4,
        ...who,
      });
      when += 1000 + random() * random() * 120_000;
    }
  }
}

interface Made extends RealisticKind {
  readonly id: string;
  readonly at: number;
  readonly visitor: string;
  readonly number: number;
  readonly page: number;
  readonly campaign: string;
  readonly referrer: string | null;
  readonly isFirst: boolean;
  readonly siteId: string;
  readonly userAgent: string;
  readonly screen: string;
  readonly language: string;
  readonly timeZone: string;
}

function makeEvent(made: Made): Envelope {
  const type = typeOfName(made.name);
  const hash = visitorHashOf(made.visitor);
  const isFirst = made.number === 0;
  const path =
    made.page === 0 ? '/' : `/${SECTIONS[made.page % SECTIONS.length]}/article-${made.page}`;
  return {
    id: made.id as EventId,
    type,
    version: definitionOf(type).version,
    name: made.name,
    siteId: made.siteId as SiteId,
    visitorId: made.visitor as VisitorId,
    visitorHashHigh: hash.high,
    visitorHashLow: hash.low,
    userId: null,
    sessionStartedAtSeconds: Math.floor(made.at / 1000),
    sessionNumber: made.isFirst ? 1 : 2,
    occurredAt: made.at,
    receivedAt: made.at,
    flags: 1,
    context: {
      ...NO_CONTEXT,
      url: urlOf(`${siteIdOfKey(made.siteId)}.example.com`, path, made.campaign),
      externalReferrer: isFirst && made.referrer !== null ? referrerOf(made.referrer) : null,
      title: `Article ${made.page}: what happened and why`,
      client: {
        ...NO_CONTEXT.client,
        userAgent: made.userAgent,
        language: isFirst ? made.language : null,
        screen: isFirst ? made.screen : null,
        timeZone: isFirst ? made.timeZone : null,
      },
    },
    geo: NOWHERE,
    data: {
      engagedMs: made.name === 'user_engagement' ? 1000 + (made.page % 50) * 400 : 0,
      scrollPercent: made.scrollPercent,
      money:
        made.name === 'purchase' ? { amount: 99_000 + made.page * 100, currency: 'EUR' } : null,
      properties: made.properties,
    },
  };
}

const SECTIONS = ['blog', 'docs', 'news', 'shop', 'help'];

function urlOf(host: string, path: string, query: string): ParsedUrl {
  const href = `https://${host}${path}${query}`;
  const hostEnd = 8 + host.length;
  const pathEnd = hostEnd + path.length;
  return { href, hostStart: 8, hostEnd, pathStart: hostEnd, pathEnd, queryEnd: href.length };
}

function referrerOf(href: string): ParsedUrl {
  const hostEnd = href.indexOf('/', 8);
  return {
    href,
    hostStart: 8,
    hostEnd,
    pathStart: hostEnd,
    pathEnd: href.length,
    queryEnd: href.length,
  };
}

/** More by day than by night. */
function daily(ms: number): number {
  const hour = (ms % DAY_MS) / HOUR_MS;
  return ms - (ms % DAY_MS) + DAY_MS * (hour / 24 - 0.08 * Math.sin((2 * Math.PI * hour) / 24));
}
