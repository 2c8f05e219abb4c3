import type { BuiltTracker } from './built-tracker.js';
import { cookieDomainOf } from './cookie-domain.js';
import type { TrackerSettings } from './tracker-settings.js';

export const DEFAULT_NAME = 'hindsight';
/** The longest that browsers keep a cookie: 400 days. */
export const COOKIE_SECONDS = 34_560_000;
/** Version of what the cookie holds. */
const COOKIE_VERSION = '1';
/** What the minimal variant does not know: a site that has one of them gets the other. */
const UNKNOWN_TO_MINIMAL: readonly (keyof TrackerSettings)[] = [
  'mode',
  'consent',
  'gpc',
  'dnt',
  'addresses',
  'selfExclude',
];

/** The site whose script is made. */
export interface AssembledSite {
  readonly id: string;
  readonly domains: readonly string[];
}

/** What the visitor's cookie begins with: its name and its version. */
export function cookieKey(name: string): string {
  return `_${name}=${COOKIE_VERSION}.`;
}

/**
 * The script of one site: the built variant with the settings of the site in it. It needs no request for
 * settings before the first view.
 * @param hitPath path of hits without slash at its beginning
 */
export function assemble(
  tracker: BuiltTracker,
  site: AssembledSite,
  settings: TrackerSettings,
  hitPath: string,
): string {
  const name = settings.name ?? DEFAULT_NAME;
  const needsModes = UNKNOWN_TO_MINIMAL.some((key) => settings[key] !== undefined);
  const isMinimal = settings.variant === 'minimal' && !needsModes;
  const loaded = loadedExtensions(settings);
  const text = (value: string | undefined) => value && JSON.stringify(value);
  const signalOf = (mode: string | undefined) => mode && JSON.stringify(signal(mode));
  const written: Record<string, string | undefined> = {
    site_: text(site.id),
    endpoint_: besideScript(`/${hitPath}`),
    base_: besideScript(`/${hitPath}/${tracker.manifest.hash}/`),
    name_: text(name),
    key_: text(cookieKey(name)),
    attributes_: cookieAttributes(site.domains),
    ext_:
      loaded.length === 0 ? undefined : isMinimal ? JSON.stringify(loaded) : text(loaded.join(' ')),
    mode_: text(modeOf(settings)),
    consent_: text(settings.consent),
    gpc_: signalOf(settings.gpc),
    dnt_: signalOf(settings.dnt),
    denied_: text(settings.denied),
    delivery_: text(settings.delivery),
    downloads_: text(settings.downloads?.join('|')),
    domains_: text(settings.crossDomain?.join(' ')),
    addresses_: settings.addresses && JSON.stringify(settings.addresses),
  };
  const expression = settingsExpression(tracker, written);
  const preludes = [settings.selfExclude && 'exclude', settings.crossDomain && 'arrive']
    .filter(Boolean)
    .map((prelude) => `${tracker.script(`preludes/${prelude}.js`, expression)};`);
  return preludes.join('') + tracker.script(isMinimal ? 'minimal.js' : 'default.js', expression);
}

/** Extensions that are loaded at once: those that are named, and those that a setting needs. */
export function loadedExtensions({ extensions = [], ...settings }: TrackerSettings): string[] {
  const needed = [
    settings.delivery === 'strict' ? 'retry' : '',
    settings.crossDomain ? 'xdomain' : '',
  ].filter((name) => name !== '' && !extensions.includes(name));
  return [...needed, ...extensions];
}

/** A mode of its own, even the usual one, tells the core to ask the extension that knows them. */
export function modeOf({ mode, gpc, dnt, addresses }: TrackerSettings): string | undefined {
  return mode ?? (gpc || dnt || addresses ? 'cookie' : undefined);
}

/** The mode under a signal of the browser; empty = as without it. */
export function signal(mode: string): string {
  return mode === 'ignore' ? '' : mode;
}

/** What is written into a script: settings under the short names of this build, values as JavaScript. */
export function settingsExpression(
  tracker: BuiltTracker,
  settings: Readonly<Record<string, string | undefined>>,
): string {
  const object = Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${tracker.manifest.names[key]}:${value}`)
    .join(',');
  return `{${object}}`;
}

/**
 * An address on the host that the script came from. It must be absolute: a script of another origin has no
 * address of its own for `import()`.
 */
export function besideScript(path: string): string {
  const target = JSON.stringify(`$1${path}`);
  return `document.currentScript.src.replace(/^(\\w+:..[^/]+).*/,${target})`;
}

/** What follows the cookie's value whatever its domain, as an expression. */
export const COOKIE_ATTRIBUTES = `";path=/;max-age=${COOKIE_SECONDS};samesite=lax"+(location.protocol=="https:"?";secure":"")`;

/** The same with its domain: one script serves all hosts of a site. */
function cookieAttributes(domains: readonly string[]): string {
  const registrable = [...new Set(domains.map(cookieDomainOf))].filter((domain) => domain !== null);
  if (registrable.length === 0) return COOKIE_ATTRIBUTES;
  const pattern = registrable.map((domain) => domain.replaceAll('.', '\\.')).join('|');
  return `${COOKIE_ATTRIBUTES}+location.hostname.replace(/^(?:.*\\.)?(${pattern})$|.*/,(_,d)=>d?";domain="+d:"")`;
}
