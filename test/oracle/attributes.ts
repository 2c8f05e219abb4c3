import { isbot } from 'isbot';
import { type Signals, signalsOf } from './signals.js';
import type { Arrival, OracleEvent, OracleSite } from './wire.js';

/** One accepted event with everything that the contract says of it alone. */
export interface Fact {
  readonly id: string;
  readonly name: string;
  readonly at: number;
  readonly receivedAt: number;
  readonly visitor: string;
  readonly kind: 'human' | 'bot';
  readonly isView: boolean;
  readonly isFirstSession: boolean;
  readonly engagedSeconds: number;
  readonly revenue: number;
  readonly page: string;
  readonly title: string;
  readonly hostname: string;
  readonly keyEvents: readonly string[];
  readonly acquisition: Readonly<Record<string, string>>;
  readonly language: string | null;
  readonly screen: string | null;
  readonly country: string | null;
  readonly signals: Signals;
  readonly device: string;
}

const NOT_SET = '(not set)';
const WEEK_MS = 7 * 86_400_000;
const COUNTRIES: Readonly<Record<string, string>> = {
  'Europe/Berlin': 'DE',
  'Europe/Paris': 'FR',
  'America/New_York': 'US',
  'Asia/Calcutta': 'IN',
};
/** The few sources that the generator uses, with the kind that the table gives them. */
const SOURCES: Readonly<Record<string, readonly [string, string]>> = {
  'google.com': ['google', 'search'],
  'google.de': ['google', 'search'],
  'facebook.com': ['facebook', 'social'],
  'm.facebook.com': ['facebook', 'social'],
  'chatgpt.com': ['chatgpt', 'ai'],
  'youtube.com': ['youtube', 'video'],
};
const KINDS = new Map([...Object.values(SOURCES), ['bing', 'search'] as const]);

/** Reads one arrival by the contract's words. */
export function factOf(
  { receivedAt, userAgent, batch }: Arrival,
  event: OracleEvent,
  site: OracleSite,
): Fact {
  const skew = receivedAt - batch.t;
  const corrected = Math.min(receivedAt, Math.max(receivedAt - WEEK_MS, event.t + skew));
  const url = event.u !== undefined && URL.canParse(event.u) ? new URL(event.u) : null;
  const page = url?.pathname ?? null;
  const money = event.$;
  return {
    id: event.i,
    name: event.n,
    at: event.t > batch.t ? receivedAt : corrected,
    receivedAt,
    visitor: batch.c,
    kind: isbot(userAgent) || (batch.k & 16) !== 0 ? 'bot' : 'human',
    isView: event.n === 'page_view' || event.n === 'screen_view',
    isFirstSession: batch.n?.[1] === 1,
    engagedSeconds: event.n === 'user_engagement' ? (event.d ?? 0) / 1000 : 0,
    revenue: money?.currency === site.currency ? Math.round(money.value * 10_000) : 0,
    page: page ?? NOT_SET,
    title: event.h || NOT_SET,
    hostname: url?.hostname || NOT_SET,
    keyEvents: site.keyEvents
      .filter(
        (key) =>
          key.event === event.n &&
          (key.page === null || (page !== null && globMatches(key.page, page))),
      )
      .map((key) => key.name),
    acquisition: acquisitionOf(url, batch.x?.r, site),
    language: batch.x?.l?.[0] ?? null,
    screen: batch.x?.sc ?? null,
    signals: signalsOf(event, page),
    device: deviceOf(userAgent, (batch.k & 16) !== 0),
    country: batch.x?.z === undefined ? null : (COUNTRIES[batch.x.z] ?? null),
  };
}

/** What the few user agents of the generator are. */
function deviceOf(userAgent: string, isDriven: boolean): string {
  if (isbot(userAgent) || isDriven) return 'bot';
  return userAgent.includes('iPhone') ? 'mobile' : 'desktop';
}

/** Letter by letter: `*` stays in a segment, `**` does not. */
export function globMatches(glob: string, text: string): boolean {
  if (glob === '') return text === '';
  if (glob.startsWith('**')) {
    for (let n = 0; n <= text.length; n += 1)
      if (globMatches(glob.slice(2), text.slice(n))) return true;
    return false;
  }
  if (glob.startsWith('*')) {
    for (let n = 0; n <= text.length; n += 1) {
      if (text.slice(0, n).includes('/')) return false;
      if (globMatches(glob.slice(1), text.slice(n))) return true;
    }
    return false;
  }
  return text !== '' && glob[0] === text[0] && globMatches(glob.slice(1), text.slice(1));
}

function acquisitionOf(
  url: URL | null,
  referrer: string | undefined,
  site: OracleSite,
): Record<string, string> {
  const given = (name: string) =>
    (url?.searchParams.getAll(name) ?? [])
      .map((value) => value.trim())
      .find((value) => value !== '');
  const outside = externalHost(referrer, url, site);
  const known = outside === null ? undefined : SOURCES[outside.host];
  const click = ['gclid', 'gbraid', 'wbraid'].some((id) => given(id) !== undefined)
    ? 'google'
    : given('msclkid') !== undefined
      ? 'bing'
      : undefined;
  const tagged = given('utm_source')?.toLowerCase();
  const aliased =
    tagged === 'fb'
      ? 'facebook'
      : tagged === undefined
        ? undefined
        : (SOURCES[tagged]?.[0] ?? tagged);
  const source = aliased ?? click ?? known?.[0] ?? outside?.host ?? '(direct)';
  const byKind: Record<string, string> = { search: 'organic', ai: 'ai-assistant', email: 'email' };
  const medium =
    given('utm_medium')?.toLowerCase() ??
    (tagged !== undefined
      ? NOT_SET
      : click !== undefined
        ? 'cpc'
        : outside === null
          ? '(none)'
          : (byKind[known?.[1] ?? ''] ?? 'referral'));
  const campaign = given('utm_campaign') ?? NOT_SET;
  return {
    SOURCE: source,
    MEDIUM: medium,
    SOURCE_MEDIUM: `${source} / ${medium}`,
    CAMPAIGN: campaign,
    TERM: given('utm_term') ?? NOT_SET,
    CONTENT: given('utm_content') ?? NOT_SET,
    REFERRER:
      outside === null ? NOT_SET : outside.host + (outside.path === '/' ? '' : outside.path),
    CHANNEL: channelOf(source, medium, campaign.toLowerCase()),
  };
}

function externalHost(
  referrer: string | undefined,
  url: URL | null,
  site: OracleSite,
): { host: string; path: string } | null {
  if (referrer === undefined || !URL.canParse(referrer)) return null;
  const { hostname, pathname } = new URL(referrer);
  const isOwn =
    hostname === url?.hostname ||
    site.domains.some((each) => hostname === each || hostname.endsWith(`.${each}`));
  return isOwn || hostname === '' ? null : { host: hostname.replace(/^www\./, ''), path: pathname };
}

/** The rules of GA4 that the generator's traffic can meet, in their order. */
function channelOf(source: string, medium: string, campaign: string): string {
  const kind = KINDS.get(source);
  const isPaid = /^(.*cp.*|ppc|retargeting|paid.*)$/.test(medium);
  const isShopping = /^(.*(([^a-df-z]|^)shop|shopping).*)$/.test(campaign);
  if (source === '(direct)' && (medium === '(none)' || medium === NOT_SET)) return 'Direct';
  if (campaign.includes('cross-network')) return 'Cross-network';
  if (isShopping && isPaid) return 'Paid Shopping';
  if (isPaid && kind === 'search') return 'Paid Search';
  if (isPaid && kind === 'social') return 'Paid Social';
  if (isPaid && kind === 'video') return 'Paid Video';
  if (medium === 'cpm' || medium === 'display') return 'Display';
  if (isPaid) return 'Paid Other';
  if (isShopping) return 'Organic Shopping';
  if (kind === 'social' || medium === 'social') return 'Organic Social';
  if (kind === 'video') return 'Organic Video';
  if (kind === 'search' || medium === 'organic') return 'Organic Search';
  if (kind === 'ai' || medium === 'ai-assistant') return 'AI Assistant';
  if (medium === 'referral') return 'Referral';
  if (medium === 'email' || source === 'email') return 'Email';
  return 'Unassigned';
}
