import { type Envelope, EVENT_FLAGS, type Geo, type ParsedUrl } from '#events';
import type { Definitions } from '../definitions.js';
import { Memo } from '../memo.js';
import { NOT_SET_TEXT, type TextNumber, type Texts } from '../texts.js';
import { acquisitionOf, hostOf } from './acquisition.js';
import { Clients } from './client.js';
import { ACQUISITION_PARTS, type Conclusions, type TrafficClass } from './conclusions.js';
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

const NO_KEY_EVENTS: readonly TextNumber[] = [];

/** The classifier of one site's definitions. */
export function createClassifier(definitions: Definitions, texts: Texts): Classifier {
  const clients = new Clients(texts);
  const urlParts = createUrlParts(texts);
  const origins = originsOf(definitions.domains, texts);
  const keyEvents = createKeyEventFinder(definitions.keyEvents);
  const { internalRules } = definitions;
  return (event) => {
    const { context } = event;
    const { url } = context;
    const parts = url === null ? NO_PARTS : urlParts(url);
    const { page, hostname } = parts;
    const { client } = context;
    const agent = clients.agentOf(client);
    const isBot = agent.isBot || (event.flags & EVENT_FLAGS.webdriver) !== 0;
    const trafficClass: TrafficClass = isBot
      ? 'bot'
      : internalRules.length > 0 && isInternal(internalRules, hostname, client.userAgent ?? '')
        ? 'internal'
        : 'human';
    const met = keyEvents(event.name, page);
    return {
      trafficClass,
      name: texts.numberOf(event.name),
      page: parts.pageNumber,
      title: context.title ? texts.numberOf(context.title) : NOT_SET_TEXT,
      hostname: parts.hostnameNumber,
      keyEvents: met.length === 0 ? NO_KEY_EVENTS : met.map((name) => texts.numberOf(name)),
      acquisition: origins(page === null ? null : url, context.externalReferrer, hostname),
      place: placeOf(event.geo, clients.zonePlaceOf(client), texts),
      device: isBot ? agent.botDevice : agent.device,
      language: clients.languageOf(client),
      screen: clients.screenOf(client),
      signal: event.type === 'custom_event' ? signalOf(event, page) : null,
    };
  };
}

interface UrlParts {
  /** `null` for a text that is no URL. */
  readonly page: string | null;
  readonly hostname: string;
  /** The values of the dimensions. */
  readonly pageNumber: TextNumber;
  readonly hostnameNumber: TextNumber;
}

const NO_PARTS: UrlParts = {
  page: null,
  hostname: '',
  pageNumber: NOT_SET_TEXT,
  hostnameNumber: NOT_SET_TEXT,
};

/** Page and host of a URL. */
function createUrlParts(texts: Texts): (url: ParsedUrl) => UrlParts {
  let asked: ParsedUrl | null = null;
  const memo = new Memo<{ url: ParsedUrl; parts: UrlParts }>(URLS_MAX, () => {
    const url = asked as ParsedUrl;
    return { url, parts: partsOf(url, texts) };
  });
  return (url) => {
    asked = url;
    const known = memo.get(url.href);
    const isSame =
      known.url.pathStart === url.pathStart &&
      known.url.pathEnd === url.pathEnd &&
      known.url.hostEnd === url.hostEnd;
    return isSame ? known.parts : partsOf(url, texts);
  };
}

function partsOf(url: ParsedUrl, texts: Texts): UrlParts {
  const page = url.pathStart < 0 ? null : url.href.slice(url.pathStart, url.pathEnd);
  const hostname = hostOf(url);
  return {
    page,
    hostname,
    pageNumber: page ? texts.numberOf(page) : NOT_SET_TEXT,
    hostnameNumber: hostname === '' ? NOT_SET_TEXT : texts.numberOf(hostname),
  };
}

type Origins = (
  url: ParsedUrl | null,
  referrer: ParsedUrl | null,
  hostname: string,
) => readonly TextNumber[];

function originsOf(domains: readonly string[], texts: Texts): Origins {
  const referrers = new Map<string, ParsedUrl>();
  const originOf = (query: string, referrer: ParsedUrl | null, hostname: string) => {
    const acquisition = acquisitionOf(query, referrer, hostname, domains);
    return ACQUISITION_PARTS.map((part) => texts.numberOf(acquisition[part]));
  };
  const memo = new Memo<readonly TextNumber[]>(ORIGINS_MAX, (key) => {
    const [query = '', href = '', hostname = ''] = key.split(CUT);
    return originOf(query, referrers.get(href) ?? null, hostname);
  });
  const direct = originOf('', null, '');
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
function placeOf(geo: Geo, zonePlace: readonly TextNumber[], texts: Texts): readonly TextNumber[] {
  if (geo.source === 'none') return zonePlace;
  return [
    geo.country === null ? (zonePlace[0] as TextNumber) : texts.numberOf(geo.country),
    texts.numberOfOptional(geo.region),
    texts.numberOfOptional(geo.city),
  ];
}
