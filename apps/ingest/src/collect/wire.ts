import type { PropertyValue } from '#events';
import { readMoney } from './money.js';
import { type Refused, refuse } from './refusal.js';

/** Events of one batch without a token. */
export const BATCH_EVENTS_MAX = 100;
const ID_MAX = 64;
const NAME_MAX = 64;
const USER_MAX = 256;
export const URL_MAX = 2048;
export const TITLE_MAX = 512;
/** A day of engagement in one event is all there is. */
const ENGAGED_MS_MAX = 86_400_000;
const PROPERTIES_MAX = 30;
const PROPERTY_KEY_MAX = 64;
const PROPERTY_VALUE_MAX = 500;
/** Short texts of the document's context; what is longer is no such thing and is left out. */
const CONTEXT_TEXT_MAX = 256;
const CLIENT_HINTS_MAX = 2048;
const VISITOR = /^[A-Za-z0-9_-]{1,64}$/;
/** The wire's own flag bits. */
const FLAG_BITS = 255;

type Json = Readonly<Record<string, unknown>>;

/** What a document says once: screen, languages, zone, referrer. */
export interface WireContext {
  readonly viewport: string | null;
  readonly screen: string | null;
  readonly pixelRatio: number | null;
  readonly language: string | null;
  readonly timeZone: string | null;
  readonly externalReferrer: string | null;
  readonly clientHints: string | null;
  readonly trackerBuild: string | null;
}

/** A batch whose own keys are right; its events are judged one by one. */
export interface WireBatch {
  readonly siteId: string;
  readonly sentAt: number;
  readonly visitorId: string | null;
  readonly sessionStartedAtSeconds: number;
  readonly sessionNumber: number;
  readonly userId: string | null;
  readonly flags: number;
  readonly context: WireContext;
  readonly events: readonly unknown[];
}

/** An event whose keys are right. */
export interface WireEvent {
  readonly id: string;
  readonly name: string;
  readonly at: number;
  readonly url: string | null;
  readonly previousUrl: string | null;
  readonly title: string | null;
  readonly pageViewId: string | null;
  readonly engagedMs: number;
  readonly scrollPercent: number | null;
  readonly properties: Readonly<Record<string, PropertyValue>> | null;
  readonly money: { readonly amount: number; readonly currency: string } | null;
  /** What a server may say instead of the request: only with a token of role WRITE. */
  readonly visitorId: string | null;
  readonly userAgent: string | null;
  readonly address: string | null;
}

/** Checks everything of a batch but its events. */
export function readBatch(value: unknown): WireBatch | Refused {
  if (!isObject(value)) return refuse('bad_batch', 'a batch must be an object');
  if (value['v'] !== 1) return refuse('bad_batch', 'v must be 1, the wire version');
  const { s, b, t, c, n, m, k, x, e } = value;
  if (typeof s !== 'string' || s === '') return refuse('bad_batch', 's must be the site id');
  if (b !== undefined && !isText(b, 0, ID_MAX)) {
    return refuse('bad_batch', `b must be a text of at most ${ID_MAX} characters`);
  }
  if (!Number.isSafeInteger(t)) return refuse('bad_batch', 't must be an integer: sent at, ms');
  if (c !== undefined && !(typeof c === 'string' && VISITOR.test(c))) {
    return refuse('bad_batch', 'c must be 1 to 64 letters, digits, “_” or “-”, or be left out');
  }
  if (n !== undefined && !isSessionHint(n)) {
    return refuse('bad_batch', 'n must be [session start in seconds, session number from 1]');
  }
  if (m !== undefined && !isText(m, 1, USER_MAX)) {
    return refuse('bad_batch', `m must be a text of 1 to ${USER_MAX} characters`);
  }
  if (k !== undefined && !isCount(k))
    return refuse('bad_batch', 'k must be an integer of bit flags');
  if (x !== undefined && !isObject(x)) return refuse('bad_batch', 'x must be an object');
  if (!Array.isArray(e) || e.length === 0) {
    return refuse('bad_batch', `e must be an array of 1 to ${BATCH_EVENTS_MAX} events`);
  }
  return {
    siteId: s,
    sentAt: t as number,
    visitorId: c ?? null,
    sessionStartedAtSeconds: n?.[0] ?? 0,
    sessionNumber: n?.[1] ?? 0,
    userId: m === undefined ? null : (m as string).toWellFormed(),
    flags: ((k as number | undefined) ?? 0) & FLAG_BITS,
    context: x === undefined ? NO_CONTEXT : readContext(x),
    events: e,
  };
}

const NO_CONTEXT: WireContext = {
  viewport: null,
  screen: null,
  pixelRatio: null,
  language: null,
  timeZone: null,
  externalReferrer: null,
  clientHints: null,
  trackerBuild: null,
};

function readContext({ vp, sc, d, l, z, r, ch, w }: Json): WireContext {
  return {
    viewport: shortText(vp),
    screen: shortText(sc),
    pixelRatio: typeof d === 'number' && Number.isFinite(d) && d > 0 ? d : null,
    language: shortText(Array.isArray(l) ? l[0] : l),
    timeZone: shortText(z),
    externalReferrer: typeof r === 'string' && r !== '' ? r : null,
    clientHints: hintsText(ch),
    trackerBuild: shortText(w),
  };
}

function shortText(value: unknown): string | null {
  return isText(value, 1, CONTEXT_TEXT_MAX) ? value.toWellFormed() : null;
}

function hintsText(value: unknown): string | null {
  if (!isObject(value)) return null;
  const text = JSON.stringify(value);
  return text.length <= CLIENT_HINTS_MAX ? text.toWellFormed() : null;
}

/** Checks one event. @param hasToken a token of role WRITE allows the overrides `c`, `ua`, `ip` */
export function readEvent(value: unknown, hasToken: boolean): WireEvent | Refused {
  if (!isObject(value)) return refuse('bad_event', 'an event must be an object');
  const { i, n, t, u, r, h, g, d, y } = value;
  if (!isText(i, 1, ID_MAX)) return bad('i', `a text of 1 to ${ID_MAX} characters, the event’s id`);
  if (!isText(n, 1, NAME_MAX)) return bad('n', `a text of 1 to ${NAME_MAX} characters, its name`);
  if (!Number.isSafeInteger(t)) return bad('t', 'an integer: when it happened, ms');
  for (const [key, text] of [
    ['u', u],
    ['r', r],
    ['h', h],
  ] as const) {
    if (text !== undefined && typeof text !== 'string') return bad(key, 'a text');
  }
  if (g !== undefined && !isText(g, 0, ID_MAX)) return bad('g', `a text of at most ${ID_MAX}`);
  if (d !== undefined && !(isCount(d) && d <= ENGAGED_MS_MAX)) {
    return bad('d', `an integer from 0 to ${ENGAGED_MS_MAX}: ms engaged`);
  }
  if (y !== undefined && !(isCount(y) && y <= 100)) return bad('y', 'an integer from 0 to 100: %');
  const read = readProperties(value['p']);
  if ('message' in read) return read;
  const money = readMoney(value['$']);
  if (money !== null && 'message' in money) return money;
  const overrides = readOverrides(value, hasToken);
  if ('message' in overrides) return overrides;
  return {
    id: i.toWellFormed(),
    name: n.toWellFormed(),
    at: t as number,
    url: textOrNull(u),
    previousUrl: textOrNull(r),
    title: textOrNull(h),
    pageViewId: textOrNull(g),
    engagedMs: (d as number | undefined) ?? 0,
    scrollPercent: (y as number | undefined) ?? null,
    properties: read.properties,
    money,
    ...overrides,
  };
}

function readProperties(value: unknown): Pick<WireEvent, 'properties'> | Refused {
  if (value === undefined) return { properties: null };
  const fail = (what: string) => bad('p', what);
  if (!isObject(value)) return fail('an object');
  const entries = Object.entries(value);
  if (entries.length > PROPERTIES_MAX) {
    return fail(`an object of at most ${PROPERTIES_MAX} properties, not ${entries.length}`);
  }
  const properties: Record<string, PropertyValue> = Object.create(null);
  for (const [key, each] of entries) {
    if (key.length > PROPERTY_KEY_MAX)
      return fail(`keys of at most ${PROPERTY_KEY_MAX} characters`);
    if (typeof each === 'string') {
      if (each.length > PROPERTY_VALUE_MAX) {
        return fail(`texts of at most ${PROPERTY_VALUE_MAX} characters (${key.slice(0, 20)})`);
      }
      properties[key.toWellFormed()] = each.toWellFormed();
    } else if (typeof each === 'number' || typeof each === 'boolean') {
      properties[key.toWellFormed()] = each;
    } else return fail(`texts, numbers and booleans only (${key.slice(0, 20)})`);
  }
  return { properties };
}

type Overrides = Pick<WireEvent, 'visitorId' | 'userAgent' | 'address'>;
const NO_OVERRIDES: Overrides = { visitorId: null, userAgent: null, address: null };

function readOverrides({ c, ua, ip }: Json, hasToken: boolean): Overrides | Refused {
  if (c === undefined && ua === undefined && ip === undefined) return NO_OVERRIDES;
  if (!hasToken) {
    return refuse('needs_token', 'c, ua and ip in an event need a token of role WRITE');
  }
  if (c !== undefined && !(typeof c === 'string' && VISITOR.test(c))) {
    return bad('c', '1 to 64 letters, digits, “_” or “-”');
  }
  if (ua !== undefined && typeof ua !== 'string') return bad('ua', 'a text');
  if (ip !== undefined && typeof ip !== 'string') return bad('ip', 'an address');
  return {
    visitorId: (c as string | undefined) ?? null,
    userAgent: textOrNull(ua),
    address: textOrNull(ip),
  };
}

function bad(key: string, allowed: string): Refused {
  return refuse('bad_event', `${key} must be ${allowed}`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, least: number, most: number): value is string {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSessionHint(value: unknown): value is [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [start, number] = value as unknown[];
  return isCount(start) && isCount(number) && number >= 1;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
