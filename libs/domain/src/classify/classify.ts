import { type Envelope, EVENT_FLAGS, type Geo, type ParsedUrl } from '#events';
import type { Definitions } from '../definitions.js';
import { Memo } from '../memo.js';
import { acquisitionOf, hostOf } from './acquisition.js';
import {
  type Acquisition,
  type Conclusions,
  type DeviceFacts,
  NOT_SET,
  type Place,
  type TrafficClass,
} from './conclusions.js';
import { TIME_ZONE_COUNTRIES } from './data/time-zones.js';
import { deviceOf } from './device.js';
import { createKeyEventFinder } from './key-event.js';
import { isBotAgent, isInternal } from './traffic-class.js';

/** User agents that differ; a large site sees a few thousand. */
const AGENTS_MAX = 8_000;
/** Pairs of query and referrer; those of one campaign repeat for hours. */
const ORIGINS_MAX = 20_000;
const LANGUAGES_MAX = 2_000;
/** URLs that differ; one of a page with a click id is met by one visitor. */
const URLS_MAX = 10_000;
const SCREEN = /^[1-9]\d{0,4}x[1-9]\d{0,4}$/;
/** Between the parts of a memo's key: never part of a URL or header. */
const CUT = '\u0000';

/** Draws the conclusions from one event: a pure function, fast because texts repeat. */
export type Classifier = (event: Envelope) => Conclusions;

interface Agent {
  readonly isBot: boolean;
  readonly facts: DeviceFacts;
}

/** The classifier of one site's definitions. */
export function createClassifier(definitions: Definitions): Classifier {
  const agents = new Memo<Agent>(AGENTS_MAX, (key) => {
    const [userAgent = '', hints = ''] = key.split(CUT);
    const isBot = isBotAgent(userAgent);
    return { isBot, facts: deviceOf(userAgent, hints || null, isBot) };
  });
  const urlParts = createUrlParts();
  const origins = originsOf(definitions.domains);
  const languages = new Memo<{ tag: string | null }>(LANGUAGES_MAX, canonicalLanguage);
  const keyEvents = createKeyEventFinder(definitions.keyEvents);
  const { internalRules } = definitions;
  return (event) => {
    const { context } = event;
    const { url, userAgent } = context;
    const { page, hostname } = url === null ? NO_PARTS : urlParts(url);
    const { clientHints } = context;
    const agent =
      userAgent === null
        ? null
        : agents.get(clientHints === null ? userAgent : userAgent + CUT + clientHints);
    const isBot = agent?.isBot === true || (event.flags & EVENT_FLAGS.webdriver) !== 0;
    const trafficClass: TrafficClass = isBot
      ? 'bot'
      : internalRules.length > 0 && isInternal(internalRules, hostname, userAgent ?? '')
        ? 'internal'
        : 'human';
    return {
      trafficClass,
      page: page || NOT_SET,
      title: context.title || NOT_SET,
      hostname: hostname || NOT_SET,
      keyEvents: keyEvents(event.name, page),
      acquisition: origins(page === null ? null : url, context.externalReferrer, hostname),
      place: placeOf(event.geo, context.timeZone),
      device: agent === null ? null : isBot ? asBot(agent) : agent.facts,
      language: context.language === null ? null : languages.get(context.language).tag,
      screen: context.screen !== null && SCREEN.test(context.screen) ? context.screen : null,
    };
  };
}

interface UrlParts {
  /** `null` for a text that is no URL. */
  readonly page: string | null;
  readonly hostname: string;
}

const NO_PARTS: UrlParts = { page: null, hostname: '' };

/** Page and host of a URL; each pair of texts is made once, so that maps find it by identity. */
function createUrlParts(): (url: ParsedUrl) => UrlParts {
  let asked: ParsedUrl | null = null;
  const memo = new Memo<{ url: ParsedUrl; parts: UrlParts }>(URLS_MAX, () => {
    const url = asked as ParsedUrl;
    return { url, parts: partsOf(url) };
  });
  return (url) => {
    asked = url;
    const known = memo.get(url.href);
    const isSame = known.url.pathStart === url.pathStart && known.url.pathEnd === url.pathEnd;
    return isSame ? known.parts : partsOf(url);
  };
}

function partsOf(url: ParsedUrl): UrlParts {
  const page = url.pathStart < 0 ? null : url.href.slice(url.pathStart, url.pathEnd);
  return { page, hostname: hostOf(url) };
}

function asBot(agent: Agent): DeviceFacts {
  return agent.isBot ? agent.facts : { ...agent.facts, device: 'bot' };
}

type Origins = (url: ParsedUrl | null, referrer: ParsedUrl | null, hostname: string) => Acquisition;

function originsOf(domains: readonly string[]): Origins {
  const referrers = new Map<string, ParsedUrl>();
  const memo = new Memo<Acquisition>(ORIGINS_MAX, (key) => {
    const [query = '', href = '', hostname = ''] = key.split(CUT);
    return acquisitionOf(query, referrers.get(href) ?? null, hostname, domains);
  });
  const direct = acquisitionOf('', null, '', domains);
  return (url, referrer, hostname) => {
    const query = url === null ? '' : url.href.slice(url.pathEnd, url.queryEnd);
    if (referrer === null && query === '') return direct;
    // Handed to the memo beside its key: a referrer is more than its text.
    referrers.clear();
    if (referrer !== null) referrers.set(referrer.href, referrer);
    return memo.get(`${query}${CUT}${referrer?.href ?? ''}${CUT}${hostname}`);
  };
}

const NOWHERE: Place = { country: null, region: null, city: null };
const BY_ZONE = new Map<string, Place>();
for (const [zone, country] of TIME_ZONE_COUNTRIES) {
  BY_ZONE.set(zone, { country, region: null, city: null });
}

/** From the operator's database, else the country of the visitor's time zone. */
function placeOf(geo: Geo, timeZone: string | null): Place {
  const byZone = timeZone === null ? NOWHERE : (BY_ZONE.get(timeZone) ?? NOWHERE);
  if (geo.source === 'none') return byZone;
  return { country: geo.country ?? byZone.country, region: geo.region, city: geo.city };
}

function canonicalLanguage(tag: string): { tag: string | null } {
  try {
    return { tag: Intl.getCanonicalLocales(tag)[0] ?? null };
  } catch (error) {
    if (error instanceof RangeError) return { tag: null };
    throw error;
  }
}
