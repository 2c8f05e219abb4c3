/** What the URL's query says about a campaign; each value trimmed, `''` when not given. */
export interface Campaign {
  readonly source: string;
  readonly medium: string;
  readonly campaign: string;
  readonly term: string;
  readonly content: string;
  /** Whose click id is there: Google's come first. */
  readonly clickSource: '' | 'google' | 'bing';
}

const NAMES = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'] as const;
const GOOGLE_CLICK_IDS = ['gclid', 'gbraid', 'wbraid'];
const BING_CLICK_IDS = ['msclkid'];
const WANTED = new Set<string>([...NAMES, ...GOOGLE_CLICK_IDS, ...BING_CLICK_IDS]);

/** Reads `?a=b&…`: of each name the first value that is not empty after trimming. */
export function readCampaign(query: string): Campaign {
  const found = new Map<string, string>();
  for (const pair of query.replace(/^\?/, '').split('&')) {
    const equals = pair.indexOf('=');
    const name = decodeQueryText(equals === -1 ? pair : pair.slice(0, equals));
    if (!WANTED.has(name) || found.has(name)) continue;
    const value = equals === -1 ? '' : decodeQueryText(pair.slice(equals + 1)).trim();
    if (value !== '') found.set(name, value);
  }
  const has = (name: string) => found.has(name);
  const clickSource = GOOGLE_CLICK_IDS.some(has)
    ? 'google'
    : BING_CLICK_IDS.some(has)
      ? 'bing'
      : '';
  const [source, medium, campaign, term, content] = NAMES.map((name) => found.get(name) ?? '');
  return {
    source: source ?? '',
    medium: medium ?? '',
    campaign: campaign ?? '',
    term: term ?? '',
    content: content ?? '',
    clickSource,
  };
}

/** Decodes `application/x-www-form-urlencoded` text as URLSearchParams does. */
export function decodeQueryText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return decodeLeniently(spaced);
  }
}

/** Percent-decoding that replaces what is no UTF-8 by U+FFFD, as the WHATWG decoder does. */
function decodeLeniently(text: string): string {
  let result = '';
  let at = 0;
  while (at < text.length) {
    const bytes = percentRun(text, at);
    if (bytes.length === 0) {
      result += text[at];
      at += 1;
      continue;
    }
    result += decodeUtf8(bytes);
    at += bytes.length * 3;
  }
  return result;
}

function percentRun(text: string, start: number): number[] {
  const bytes: number[] = [];
  for (let at = start; /^%[0-9a-f]{2}$/i.test(text.slice(at, at + 3)); at += 3) {
    bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16));
  }
  return bytes;
}

function decodeUtf8(bytes: readonly number[]): string {
  let result = '';
  let at = 0;
  while (at < bytes.length) {
    const { point, length } = nextPoint(bytes, at);
    result += String.fromCodePoint(point);
    at += length;
  }
  return result;
}

const REPLACEMENT = 0xfffd;

/** One code point of UTF-8, or U+FFFD for the longest part that cannot be one. */
function nextPoint(bytes: readonly number[], at: number): { point: number; length: number } {
  const lead = bytes[at] as number;
  if (lead < 0x80) return { point: lead, length: 1 };
  const size = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return { point: REPLACEMENT, length: 1 };
  let point = lead & (0xff >>> (size + 1));
  for (let index = 1; index < size; index += 1) {
    const byte = bytes[at + index] ?? 0;
    const [from, to] = index === 1 ? secondByteRange(lead) : [0x80, 0xbf];
    if (byte < (from as number) || byte > (to as number)) {
      return { point: REPLACEMENT, length: index };
    }
    point = (point << 6) | (byte & 63);
  }
  return { point, length: size };
}

function secondByteRange(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  if (lead === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}
