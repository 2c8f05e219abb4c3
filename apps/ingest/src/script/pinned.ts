import { createHash } from 'node:crypto';
import {
  type AssembledSite,
  besideScript,
  COOKIE_ATTRIBUTES,
  cookieKey,
  DEFAULT_NAME,
  loadedExtensions,
  modeOf,
  settingsExpression,
  signal,
} from './assemble.js';
import type { BuiltTracker } from './built-tracker.js';
import { Compressed } from './compressed.js';
import { cookieDomainOf } from './cookie-domain.js';
import type { TrackerSettings } from './tracker-settings.js';

const HASH_CHARACTERS = 12;
/** What only the script of a site can do: it is more than an attribute. */
const NOT_PINNED: readonly (keyof TrackerSettings)[] = ['crossDomain', 'addresses', 'selfExclude'];

/**
 * The script without settings, at an address with its own hash, for pages that pin it by `integrity` (W3C
 * Subresource Integrity): it never changes, and takes everything about a site from attributes of its tag.
 */
export class PinnedScript {
  readonly script: Compressed;
  /** Part of the address: the beginning of the content's SHA-256, hexadecimal. */
  readonly hash: string;
  readonly integrity: string;

  /** @param hitPath path of hits without slash at its beginning */
  constructor(
    tracker: BuiltTracker,
    private readonly hitPath: string,
  ) {
    const tag = 'document.currentScript.dataset';
    const name = `(${tag}.name||${JSON.stringify(DEFAULT_NAME)})`;
    const key = JSON.stringify(cookieKey('').slice(1));
    const settings = settingsExpression(tracker, {
      site_: `${tag}.site`,
      endpoint_: besideScript(`/${hitPath}`),
      base_: besideScript(`/${hitPath}/${tracker.manifest.hash}/`),
      name_: name,
      key_: `"_"+${name}+${key}`,
      attributes_: `${COOKIE_ATTRIBUTES}+(d=>d&&("."+location.hostname).endsWith("."+d)?";domain="+d:"")(${tag}.host)`,
    });
    const text = tracker.script('default.js', settings);
    this.script = new Compressed(text);
    this.hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);
    this.integrity = `sha384-${createHash('sha384').update(text).digest('base64')}`;
  }

  /**
   * The tag for the pages of a site.
   *
   * @param origin of the server, without slash at its end
   * @returns text of HTML, or the names of the site's settings that a pinned script cannot have
   */
  tagOf(
    site: AssembledSite,
    settings: TrackerSettings,
    origin: string,
  ): string | readonly (keyof TrackerSettings)[] {
    const missing = NOT_PINNED.filter((key) => settings[key] !== undefined);
    if (missing.length > 0) return missing;
    const extensions = loadedExtensions(settings);
    const [host, ...others] = new Set(site.domains.map(cookieDomainOf).filter(Boolean));
    // The core knows an attribute by its first two letters.
    const attributes: Readonly<Record<string, string | null | undefined>> = {
      integrity: this.integrity,
      crossorigin: 'anonymous',
      'data-site': site.id,
      'data-name': settings.name,
      'data-host': others.length === 0 ? host : undefined,
      'data-ext': extensions.length === 0 ? undefined : extensions.join(' '),
      'data-mode': modeOf(settings),
      'data-consent': settings.consent,
      'data-gpc': settings.gpc && signal(settings.gpc),
      'data-dnt': settings.dnt && signal(settings.dnt),
      'data-denied': settings.denied,
      'data-dl': settings.delivery,
      'data-downloads': settings.downloads?.join('|'),
    };
    const written = Object.entries(attributes)
      .filter(([, value]) => typeof value === 'string')
      .map(([attribute, value]) => ` ${attribute}="${escapeAttribute(value as string)}"`);
    const source = `${origin}/${this.hitPath}/${this.hash}/pinned.js`;
    return `<script async src="${escapeAttribute(source)}"${written.join('')}></script>`;
  }
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
