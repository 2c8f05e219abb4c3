import { readFileSync } from 'node:fs';

const MODES = ['cookie', 'session', 'cookieless', 'off'];
const SIGNAL_MODES = ['ignore', 'cookieless', 'off'];
/** Keys of the file, and what each may be. */
const KEYS: Readonly<Record<string, readonly string[] | RegExp | 'list' | 'addresses'>> = {
  variant: ['default', 'minimal'],
  name: /^[A-Za-z_][A-Za-z0-9_]{0,31}$/,
  extensions: 'list',
  mode: MODES,
  consent: ['wait'],
  gpc: SIGNAL_MODES,
  dnt: SIGNAL_MODES,
  denied: ['cookieless', 'off'],
  delivery: ['strict'],
  downloads: 'list',
  crossDomain: 'list',
  addresses: 'addresses',
  selfExclude: ['ignore'],
};
/** Settings of every site that has none of its own. */
const EVERY_SITE = '*';

/** What the operator says about the tracker of one site. */
export interface TrackerSettings {
  readonly variant?: 'default' | 'minimal';
  /** Of the global function; `_` before it names the cookie. */
  readonly name?: string;
  readonly extensions?: readonly string[];
  readonly mode?: string;
  readonly consent?: 'wait';
  readonly gpc?: string;
  readonly dnt?: string;
  readonly denied?: string;
  readonly delivery?: 'strict';
  /** Endings of files whose links are downloads. */
  readonly downloads?: readonly string[];
  /** Domains that belong to the same site: a visitor keeps the id on the way there. */
  readonly crossDomain?: readonly string[];
  /** What is done with addresses before anything is stored or sent. */
  readonly addresses?: AddressSettings;
  /** `ignore`: who opens a page with `#hindsight-ignore` is left out. */
  readonly selfExclude?: 'ignore';
}

export interface AddressSettings {
  /** Parameters that are taken out. */
  readonly remove?: readonly string[];
  /** Queries are left out and make no view of their own. */
  readonly ignoreQuery?: boolean;
  /** Paths that are tracked, and those that are not: `/admin/*`. */
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  /** Selector of the element that scrolls instead of the page. */
  readonly scroll?: string;
}

/** Finds the settings of a site. */
export type TrackerSettingsOf = (siteId: string) => TrackerSettings;

/**
 * Reads `HINDSIGHT_TRACKER`: a JSON file of settings by site id, `*` for every site without its own.
 * @param extensions names that exist
 * @throws Error with everything that is wrong in it
 */
export function readTrackerSettings(
  path: string | null,
  extensions: readonly string[],
): TrackerSettingsOf {
  if (path === null) return () => ({});
  let bySite: Record<string, TrackerSettings>;
  try {
    bySite = JSON.parse(readFileSync(path, 'utf8')) as typeof bySite;
  } catch (error) {
    throw new Error(`HINDSIGHT_TRACKER: ${path} cannot be read: ${(error as Error).message}`);
  }
  const faults = Object.entries(bySite).flatMap(([site, settings]) =>
    faultsOf(settings, extensions).map((fault) => `“${site}”: ${fault}`),
  );
  if (faults.length > 0) throw new Error(`HINDSIGHT_TRACKER: ${path}\n  ${faults.join('\n  ')}`);
  const sites = new Map(Object.entries(bySite));
  return (siteId) => sites.get(siteId) ?? sites.get(EVERY_SITE) ?? {};
}

function faultsOf(settings: unknown, extensions: readonly string[]): string[] {
  if (typeof settings !== 'object' || settings === null) return ['must be an object'];
  return Object.entries(settings).flatMap(([key, value]): string[] => {
    const allowed = KEYS[key];
    if (allowed === undefined) return [`${key} is none of ${Object.keys(KEYS).join(', ')}`];
    if (allowed === 'addresses') return faultsOfAddresses(value);
    if (allowed === 'list') {
      const isList = Array.isArray(value) && value.every((each) => /^[\w.-]+$/.test(String(each)));
      if (!isList) return [`${key} must be a list of words`];
      const unknown =
        key === 'extensions' ? value.filter((each) => !extensions.includes(each)) : [];
      return unknown.map((each) => `there is no extension ${each}: ${extensions.join(', ')}`);
    }
    const isAllowed =
      typeof value === 'string' &&
      (allowed instanceof RegExp ? allowed.test(value) : allowed.includes(value));
    if (isAllowed) return [];
    const text =
      allowed instanceof RegExp ? 'a name of letters, digits and _' : allowed.join(' or ');
    return [`${key} must be ${text}`];
  });
}

const ADDRESS_KEYS: Readonly<Record<string, [is: (value: unknown) => boolean, what: string]>> = {
  remove: [(value) => isListOf(value, /^[^&=#?\s]+$/), 'a list of names of parameters'],
  ignoreQuery: [(value) => typeof value === 'boolean', 'true or false'],
  only: [(value) => isListOf(value, /^[/*]\S*$/), 'a list of paths such as /shop/*'],
  except: [(value) => isListOf(value, /^[/*]\S*$/), 'a list of paths such as /admin/*'],
  scroll: [(value) => typeof value === 'string' && value !== '', 'a selector such as #content'],
};

function faultsOfAddresses(settings: unknown): string[] {
  if (typeof settings !== 'object' || settings === null) return ['addresses must be an object'];
  return Object.entries(settings).flatMap(([key, value]): string[] => {
    const [is, what] = ADDRESS_KEYS[key] ?? [];
    if (is === undefined) {
      return [`addresses.${key} is none of ${Object.keys(ADDRESS_KEYS).join(', ')}`];
    }
    return is(value) ? [] : [`addresses.${key} must be ${what}`];
  });
}

function isListOf(value: unknown, pattern: RegExp): boolean {
  return (
    Array.isArray(value) && value.every((each) => typeof each === 'string' && pattern.test(each))
  );
}
