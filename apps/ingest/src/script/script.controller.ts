import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from '#readmodel';
import { assemble, cookieKey, DEFAULT_NAME } from './assemble.js';
import { BuiltTracker } from './built-tracker.js';
import { Compressed } from './compressed.js';
import { readTrackerSettings, type TrackerSettingsOf } from './tracker-settings.js';

/** Sites whose script is kept compressed in memory. */
const SCRIPTS_MAX = 1000;
const SITE_CACHE = 'public, max-age=3600, stale-while-revalidate=86400';
const EXTENSION_CACHE = 'public, max-age=31536000, immutable';
/** Another build's extension: the nearest there is, but not for ever. */
const OTHER_BUILD_CACHE = 'no-cache';
const EXTENSION_PATH = /^([0-9a-f]{12})\/([a-z-]+)\.js$/;

/** A site's script, and of what it was made. */
interface SiteScript {
  readonly domains: readonly string[];
  readonly script: Compressed;
}

/** Serves `GET /h/{siteId}.js`, the tracker of a site, and `GET /h/{hash}/{name}.js`, its extensions. */
export class ScriptController {
  private readonly scripts = new Map<string, SiteScript>();
  private readonly extensions = new Map<string, Compressed>();
  private readonly tracker = new BuiltTracker();
  private readonly settingsOf: TrackerSettingsOf;

  constructor(
    private readonly registry: Registry,
    private readonly hitPath: string,
    settingsPath: string | null,
  ) {
    this.settingsOf = readTrackerSettings(settingsPath, this.tracker.manifest.extensions);
  }

  /** What the cookie of a site's visitors begins with. */
  readonly cookieKeyOf = (siteId: string): string =>
    cookieKey(this.settingsOf(siteId).name ?? DEFAULT_NAME);

  /**
   * Answers a request for a script.
   * @param path what follows the path of hits and a slash
   * @returns false = it is no script's path
   */
  handle(path: string, request: IncomingMessage, response: ServerResponse): boolean {
    const extension = EXTENSION_PATH.exec(path);
    const siteId = path.endsWith('.js') && !path.includes('/') ? path.slice(0, -3) : '';
    if (extension === null && siteId === '') return false;
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    if (extension !== null) {
      const [, hash, name] = extension as unknown as [string, string, string];
      const isThisBuild = hash === this.tracker.manifest.hash;
      const found = this.extensionOf(name);
      if (found) found.send(request, response, isThisBuild ? EXTENSION_CACHE : OTHER_BUILD_CACHE);
      else notFound(response, `There is no extension “${name.slice(0, 60)}”.\n`);
    } else {
      const script = this.scriptOf(siteId);
      if (script) script.send(request, response, SITE_CACHE);
      else notFound(response, `There is no site “${siteId.slice(0, 60)}”.\n`);
    }
    return true;
  }

  private extensionOf(name: string): Compressed | null {
    const known = this.extensions.get(name);
    if (known !== undefined) return known;
    const text = this.tracker.extension(name);
    if (text === null) return null;
    const made = new Compressed(text);
    this.extensions.set(name, made);
    return made;
  }

  private scriptOf(siteId: string): Compressed | null {
    const site = this.registry.view().sites.get(siteId);
    if (site === undefined) return null;
    const known = this.scripts.get(siteId);
    if (known?.domains === site.domains) return known.script;
    const script = new Compressed(
      assemble(this.tracker, site, this.settingsOf(siteId), this.hitPath),
    );
    if (this.scripts.size >= SCRIPTS_MAX) this.scripts.clear();
    this.scripts.set(siteId, { domains: site.domains, script });
    return script;
  }
}

function notFound(response: ServerResponse, message: string): void {
  response.statusCode = 404;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(message);
}
