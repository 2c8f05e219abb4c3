/**
 * The stored event: one fact about one visitor, written once and never changed.
 *
 * Facts, not conclusions: the raw URL, referrer, user agent and hints are kept; channel, device,
 * bot verdict and session are drawn later by the projector, so that a rebuild can change them.
 * No IP address is ever part of it.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

export type SiteId = Branded<string, 'SiteId'>;
export type VisitorId = Branded<string, 'VisitorId'>;
export type EventId = Branded<string, 'EventId'>;

/** What kind of fact an envelope holds; every name a tracker may send is one of the first four. */
export type EventType =
  | 'page_view'
  | 'screen_view'
  | 'user_engagement'
  | 'custom_event'
  | 'site_deleted';

/**
 * A URL as the WHATWG parser normalised it, with the places of its parts, so that nobody parses it
 * again. Offsets are UTF-16 units into `href`. A text that is no URL keeps itself in `href` and has
 * −1 everywhere. `hostStart === hostEnd` means: a URL without a host.
 */
export interface ParsedUrl {
  readonly href: string;
  readonly hostStart: number;
  readonly hostEnd: number;
  readonly pathStart: number;
  readonly pathEnd: number;
  /** End of the query: `href.slice(pathEnd, queryEnd)` is `''` or `'?…'`. */
  readonly queryEnd: number;
}

/** What the browser or server said about where and how the event happened. `null`: not said. */
export interface EventContext {
  readonly url: ParsedUrl | null;
  /** Previous URL inside the same document, as sent. */
  readonly previousUrl: string | null;
  /** Referrer of the document, sent once per document; may still be on the site itself. */
  readonly externalReferrer: ParsedUrl | null;
  readonly title: string | null;
  readonly pageViewId: string | null;
  readonly client: ClientFacts;
}

/** What a browser says about itself: the same with each of its events, or not said again. */
export interface ClientFacts {
  readonly userAgent: string | null;
  /** Client hints as sent, JSON text. */
  readonly clientHints: string | null;
  /** First language as sent. */
  readonly language: string | null;
  readonly screen: string | null;
  readonly viewport: string | null;
  readonly pixelRatio: number | null;
  readonly timeZone: string | null;
  readonly trackerBuild: string | null;
}

/** Where the address was, resolved when the hit arrived; the address itself is dropped. */
export interface Geo {
  /** ISO 3166 alpha-2. */
  readonly country: string | null;
  readonly region: string | null;
  readonly city: string | null;
  /** Autonomous system number. */
  readonly asn: number | null;
  readonly source: 'mmdb' | 'none';
  readonly databaseVersion: string | null;
}

/** Bits of `Envelope.flags`. The first eight are the wire's `k`. */
export const EVENT_FLAGS = {
  consented: 1,
  cookieless: 2,
  globalPrivacyControl: 4,
  doNotTrack: 8,
  webdriver: 16,
  retry: 32,
  beacon: 64,
  prerendered: 128,
  urlCut: 256,
  titleCut: 512,
} as const;

/** A place that nothing is known of. */
export const NOWHERE: Geo = {
  country: null,
  region: null,
  city: null,
  asn: null,
  source: 'none',
  databaseVersion: null,
};

/** A context of which nothing was said. */
export const NO_CONTEXT: EventContext = {
  url: null,
  previousUrl: null,
  externalReferrer: null,
  title: null,
  pageViewId: null,
  client: {
    userAgent: null,
    clientHints: null,
    language: null,
    screen: null,
    viewport: null,
    pixelRatio: null,
    timeZone: null,
    trackerBuild: null,
  },
};

/** What can still be filled in. */
export type Changeable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Money as an integer of 1/10,000 of the currency's unit. */
export interface Money {
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

export type PropertyValue = string | number | boolean;

/** What happened, beyond its name. */
export interface EventPayload {
  /** Milliseconds engaged since the last such event (`d`). */
  readonly engagedMs: number;
  /** Deepest scroll, per cent (`y`). */
  readonly scrollPercent: number | null;
  readonly money: Money | null;
  readonly properties: Readonly<Record<string, PropertyValue>> | null;
}

/** One stored event. */
export interface Envelope {
  readonly id: EventId;
  readonly type: EventType;
  /** Version of this type's shape; old versions are lifted by upcasters when decoded. */
  readonly version: number;
  /** Name as sent: `page_view`, `purchase`, … */
  readonly name: string;
  readonly siteId: SiteId;
  readonly visitorId: VisitorId;
  /** 64-bit hash of the visitor id in two unsigned 32-bit halves, fixed for ever. */
  readonly visitorHashHigh: number;
  readonly visitorHashLow: number;
  readonly userId: string | null;
  /** The client's idea of its session, a hint: start in seconds and number; 0 and 0 = not said. */
  readonly sessionStartedAtSeconds: number;
  readonly sessionNumber: number;
  /** Milliseconds since 1970 UTC. */
  readonly occurredAt: number;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
  readonly flags: number;
  readonly context: EventContext;
  readonly geo: Geo;
  readonly data: EventPayload;
}

/** An event of which nothing is said yet, to be filled in: its parts are its own, and nobody else's. */
export function emptyEnvelope(): Changeable<Envelope> {
  return {
    id: '' as EventId,
    type: 'page_view',
    version: 1,
    name: '',
    siteId: '' as SiteId,
    visitorId: '' as VisitorId,
    visitorHashHigh: 0,
    visitorHashLow: 0,
    userId: null,
    sessionStartedAtSeconds: 0,
    sessionNumber: 0,
    occurredAt: 0,
    receivedAt: 0,
    flags: 0,
    context: { ...NO_CONTEXT },
    geo: NOWHERE,
    data: { engagedMs: 0, scrollPercent: null, money: null, properties: null },
  };
}
