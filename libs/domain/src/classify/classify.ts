import { type Envelope, EVENT_FLAGS, type Geo, type ParsedUrl } from '#events';
import type { Definitions } from '../definitions.js';
import { Memo } from '../memo.js';
import { Noted } from '../noted.js';
import { NOT_SET_TEXT, type TextNumber, type Texts } from '../texts.js';
import { acquisitionOf, hostOf } from './acquisition.js';
import { Clients } from './client.js';
import { ACQUISITION_PARTS, type Conclusions, type TrafficClass } from './conclusions.js';
import { createKeyEventFinder } from './key-event.js';
import { signalOf } from './signal.js';
import { isInternal } from './traffic-class.js';

/** Pairs of query and referrer; those of one campaign repeat for hours. */
const ORIGINS_MAX = 20_000;
/** Between the parts of a memo's key: never part of a URL or header. */
const CUT = '\u0000';

/** Draws the conclusions from one event: a pure function, fast because texts repeat. */
export type Classifier = (event: Envelope) => Conclusions;

const NO_KEY_EVENTS: readonly TextNumber[] = [];

/** The classifier of one site's definitions. */
export function createClassifier(definitions: Definitions, texts: Texts): Classifier {
  const clients = new Clients(texts);
  const pages = new Noted<ParsedUrl, Page>((url) => new Page(url, texts));
  const noPage = new Page(null, texts);
  const origins = originsOf(definitions.domains, texts);
  const keyEvents = createKeyEventFinder(definitions.keyEvents);
  const { internalRules } = definitions;
  return (event) => {
    const { context } = event;
    const { url, title, externalReferrer } = context;
    const page = url === null ? noPage : pages.of(url);
    if (title !== null && title !== page.title) page.entitle(title, texts);
    if (externalReferrer !== page.referrer) page.referTo(externalReferrer, origins);
    const client = clients.of(context.client);
    const isBot = client.agent.isBot || (event.flags & EVENT_FLAGS.webdriver) !== 0;
    const trafficClass: TrafficClass = isBot
      ? 'bot'
      : internalRules.length > 0 &&
          isInternal(internalRules, page.hostname, context.client.userAgent ?? '')
        ? 'internal'
        : 'human';
    const met = keyEvents(event.name, page.path);
    return {
      trafficClass,
      name: texts.numberOf(event.name),
      page: page.pathNumber,
      title: title === null ? NOT_SET_TEXT : page.titleNumber,
      hostname: page.hostnameNumber,
      keyEvents: met.length === 0 ? NO_KEY_EVENTS : met.map((name) => texts.numberOf(name)),
      acquisition: page.acquisition,
      place: placeOf(event.geo, client.zonePlace, texts),
      device: isBot ? client.agent.botDevice : client.agent.device,
      language: client.language,
      screen: client.screen,
      signal: event.type === 'custom_event' ? signalOf(event, page.path) : null,
    };
  };
}

/** What is concluded from a URL, and from the title and referrer that came with it last: nearly always the same. */
class Page {
  /** `null` for a text that is no URL. */
  readonly path: string | null;
  readonly hostname: string;
  readonly pathNumber: TextNumber;
  readonly hostnameNumber: TextNumber;
  title = '';
  titleNumber = NOT_SET_TEXT;
  /** `undefined` = none was asked for yet. */
  referrer: ParsedUrl | null | undefined = undefined;
  acquisition: readonly TextNumber[] = [];

  constructor(
    private readonly url: ParsedUrl | null,
    texts: Texts,
  ) {
    this.path =
      url === null || url.pathStart < 0 ? null : url.href.slice(url.pathStart, url.pathEnd);
    this.hostname = hostOf(url);
    this.pathNumber = this.path ? texts.numberOf(this.path) : NOT_SET_TEXT;
    this.hostnameNumber = this.hostname === '' ? NOT_SET_TEXT : texts.numberOf(this.hostname);
  }

  entitle(title: string, texts: Texts): void {
    this.title = title;
    this.titleNumber = title === '' ? NOT_SET_TEXT : texts.numberOf(title);
  }

  referTo(referrer: ParsedUrl | null, origins: Origins): void {
    this.referrer = referrer;
    this.acquisition = origins(this.path === null ? null : this.url, referrer, this.hostname);
  }
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
