import type { PropertyValue } from '#events';

/** What one made-up event is: its name and what it says. */
export interface RealisticKind {
  readonly name: string;
  readonly properties: Readonly<Record<string, PropertyValue>> | null;
  /** Deepest scroll in per cent; `null` = not told. */
  readonly scrollPercent: number | null;
}

/** Typical values of the web vitals, the median of all; milliseconds, CLS its score. */
const VITALS: readonly (readonly [name: string, median: number])[] = [
  ['LCP', 1700],
  ['INP', 110],
  ['CLS', 0.04],
  ['FCP', 1100],
  ['TTFB', 420],
];
/** Mobile devices are slower. */
const MOBILE_FACTOR = 1.5;
const LINKS = [
  'https://developer.example.org/guide',
  'https://video.example.net/watch',
  'https://forum.example.org/t/42',
];
const FILES = ['/files/handbook.pdf', '/files/prices.xlsx', '/files/logo.zip'];
const FORMS = ['contact', 'newsletter', 'search'];
const GONE = ['/old-page', '/blog/draft', '/wp-login.php'];
const ERRORS = [
  "TypeError: Cannot read properties of undefined (reading 'length')",
  'ReferenceError: gtag is not defined',
  'NetworkError when attempting to fetch resource.',
];

/** What a person does next: mostly views and reading, now and then something rarer. */
export function realisticKind(
  isFirst: boolean,
  userAgent: string,
  random: () => number,
): RealisticKind {
  const roll = random();
  if (isFirst || roll < 0.5) return plain('page_view');
  if (roll < 0.86) return { ...plain('user_engagement'), scrollPercent: scrolled(random) };
  if (roll < 0.92) return webVital(userAgent, random);
  if (roll < 0.95) return interaction(random);
  return plain(roll < 0.98 ? 'sign_up' : 'purchase');
}

function plain(name: string): RealisticKind {
  return { name, properties: null, scrollPercent: null };
}

/** Some leave at the top, some read to the end. */
function scrolled(random: () => number): number {
  return Math.min(100, Math.floor(random() * 130));
}

function webVital(userAgent: string, random: () => number): RealisticKind {
  const [name, median] = pick(VITALS, random);
  const factor = userAgent.includes('Mobile') ? MOBILE_FACTOR : 1;
  // A sum of four is near enough to a bell; of its logarithm, so that a few are very slow.
  const bell = random() + random() + random() + random() - 2;
  const value = median * factor * Math.exp(bell * 1.2);
  return { ...plain(name), properties: { value: Number(value.toPrecision(6)) } };
}

function interaction(random: () => number): RealisticKind {
  const roll = random();
  if (roll < 0.4) {
    const link_url = pick(LINKS, random);
    const properties = { outbound: true, link_url, link_domain: link_url.split('/')[2] as string };
    return { ...plain('click'), properties };
  }
  if (roll < 0.6) {
    return { ...plain('file_download'), properties: { file_name: pick(FILES, random) } };
  }
  if (roll < 0.75) return { ...plain('form_submit'), properties: { form_id: pick(FORMS, random) } };
  if (roll < 0.9) return { ...plain('404'), properties: { path: pick(GONE, random) } };
  const properties = { description: pick(ERRORS, random), fatal: false };
  return { ...plain('exception'), properties };
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}
