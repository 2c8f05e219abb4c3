import { type Envelope, EVENT_FLAGS, type Geo, type ParsedUrl } from '#events';
import type { Definitions } from '../definitions.js';
import { Memo } from '../memo.js';
import { acquisitionOf, hostOf } from './acquisition.js';
import { createClients } from './client.js';
import {
  type Acquisition,
  type Conclusions,
  NOT_SET,
  type Place,
  type TrafficClass,
} from './conclusions.js';
import { createKeyEventFinder } from './key-event.js';
import { signalOf } from './signal.js';
import { isInternal } from './traffic-class.js';

/** Pairs of query and referrer; those of one campaign repeat for hours. */
const ORIGINS_MAX = 20_000;
/** URLs that differ; one of a page with a click id is met by one visitor. */
const URLS_MAX = 10_000;
/** Between the parts of a memo's key: never part of a URL or header. */
const CUT = '\u0000';

/** Draws the conclusions from one event: a pure function, fast because texts repeat. */
export type Classifier = (event: Envelope) => Conclusions;

/** The classifier of one site's definitions. */
export function createClassifier(definitions: Definitions): Classifier {
  const clients = createClients();
  const urlParts = createUrlParts();
  const origins = originsOf(definitions.domains);
  const keyEvents = createKeyEventFinder(definitions.keyEvents);
  const { internalRules } = definitions;
  return (event) => {
    const { context } = event;
    const { url } = context;
    const { page, hostname } = url === null ? NO_PARTS : urlParts(url);
    const client = clients(context.client);
    const isBot = client.isBot || (event.flags & EVENT_FLAGS.webdriver) !== 0;
    const trafficClass: TrafficClass = isBot
      ? 'bot'
      : internalRules.length > 0 &&
          isInternal(internalRules, hostname, context.client.userAgent ?? '')
        ? 'internal'
        : 'human';
    return {
      trafficClass,
      page: page || NOT_SET,
      title: context.title || NOT_SET,
      hostname: hostname || NOT_SET,
      keyEvents: keyEvents(event.name, page),
      acquisition: origins(page === null ? null : url, context.externalReferrer, hostname),
      place: placeOf(event.geo, client.zonePlace),
      device: isBot ? client.botDevice : client.device,
      language: client.language,
      screen: client.screen,
      signal: event.type === 'custom_event' ? signalOf(event, page) : null,
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
    const isSame =
      known.url.pathStart === url.pathStart &&
      known.url.pathEnd === url.pathEnd &&
      known.url.hostEnd === url.hostEnd;
    return isSame ? known.parts : partsOf(url);
  };
}

function partsOf(url: ParsedUrl): UrlParts {
  const page = url.pathStart < 0 ? null : url.href.slice(url.pathStart, url.pathEnd);
  return { page, hostname: hostOf(url) };
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

/** From the operator's database, else the country of the visitor's time zone. */
function placeOf(geo: Geo, zonePlace: Place): Place {
  if (geo.source === 'none') return zonePlace;
  return { country: geo.country ?? zonePlace.country, region: geo.region, city: geo.city };
}
