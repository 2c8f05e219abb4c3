import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from '#readmodel';
import { assemble, cookieKey, DEFAULT_NAME } from './assemble.js';
import { BuiltTracker } from './built-tracker.js';
import { Compressed } from './compressed.js';
import { PinnedScript } from './pinned.js';
import { readTrackerSettings, type TrackerSettingsOf } from './tracker-settings.js';

/** Sites whose script is kept compressed in memory. */
const SCRIPTS_MAX = 1000;
const SITE_CACHE = 'public, max-age=3600, stale-while-revalidate=86400';
const EXTENSION_CACHE = 'public, max-age=31536000, immutable';
/** Another build's extension: the nearest there is, but not for ever. */
const OTHER_BUILD_CACHE = 'no-cache';
const EXTENSION_PATH = /^([0-9a-f]{12})\/([a-z-]+)\.js$/;
/** A site's script, or its tags to be copied: the script's and the pinned one's. */
const SITE_PATH = /^([^/]+)\.(js|txt)$/;
const HOST = /^[\w.:[\]-]+$/;

/** A site's script, and of what it was made. */
interface SiteScript {
  readonly domains: readonly string[];
  readonly script: Compressed;
}

/**
 * Serves `GET /h/{siteId}.js`, the tracker of a site, `GET /h/{hash}/{name}.js`, its extensions and the pinned
 * script, and `GET /h/{siteId}.txt`, the tags that a site's owner copies.
 */
export class ScriptController {
  private readonly scripts = new Map<string, SiteScript>();
  private readonly extensions = new Map<string, Compressed>();
  private readonly tracker = new BuiltTracker();
  private readonly settingsOf: TrackerSettingsOf;
  private readonly pinned: PinnedScript;

  /** @param publicUrl address of the product for visitors; `null` = the host that was asked */
  constructor(
    private readonly registry: Registry,
    private readonly hitPath: string,
    settingsPath: string | null,
    private readonly publicUrl: string | null,
  ) {
    this.settingsOf = readTrackerSettings(settingsPath, this.tracker.manifest.extensions);
    this.pinned = new PinnedScript(this.tracker, hitPath);
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
    const [, hash, name] = EXTENSION_PATH.exec(path) ?? [];
    const [, siteId, ending] = SITE_PATH.exec(path) ?? [];
    if (ending === 'txt') this.sendTags(siteId as string, request, response);
    else if (ending === undefined && hash === undefined) return false;
    else {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('cross-origin-resource-policy', 'cross-origin');
      if (siteId !== undefined) this.sendScript(siteId, request, response);
      else if (name === 'pinned') this.sendPinned(hash as string, request, response);
      else this.sendExtension(hash as string, name as string, request, response);
    }
    return true;
  }

  private sendScript(siteId: string, request: IncomingMessage, response: ServerResponse): void {
    const script = this.scriptOf(siteId);
    if (script) script.send(request, response, SITE_CACHE);
    else notFound(response, noSite(siteId));
  }

  private sendExtension(
    hash: string,
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const isThisBuild = hash === this.tracker.manifest.hash;
    const found = this.extensionOf(name);
    if (found) found.send(request, response, isThisBuild ? EXTENSION_CACHE : OTHER_BUILD_CACHE);
    else notFound(response, `There is no extension “${name.slice(0, 60)}”.\n`);
  }

  /** Another build's script is not what the page has pinned: the browser would refuse it in any case. */
  private sendPinned(hash: string, request: IncomingMessage, response: ServerResponse): void {
    const { pinned } = this;
    if (hash === pinned.hash) return pinned.script.send(request, response, EXTENSION_CACHE);
    notFound(
      response,
      `The script is ${pinned.hash} since an upgrade: copy the tag again, from /${this.hitPath}/SITE.txt.\n`,
    );
  }

  private sendTags(siteId: string, request: IncomingMessage, response: ServerResponse): void {
    const site = this.registry.view().sites.get(siteId);
    if (site === undefined) return notFound(response, noSite(siteId));
    const { host } = request.headers;
    const asked = host !== undefined && HOST.test(host) ? `//${host}` : '';
    const origin = this.publicUrl?.replace(/\/$/, '') ?? asked;
    const tag = this.pinned.tagOf(site, this.settingsOf(siteId), origin);
    const pinned =
      typeof tag === 'string'
        ? `Pinned by its hash, to be copied again after an upgrade:\n\n${tag}\n`
        : `A pinned script cannot have this site’s settings ${tag.join(', ')}.\n`;
    const own = `<script async src="${origin}/${this.hitPath}/${siteId}.js"></script>`;
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.setHeader('cache-control', 'no-cache');
    response.setHeader('x-content-type-options', 'nosniff');
    response.end(`With the site’s settings in it:\n\n${own}\n\n${pinned}`);
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

function noSite(siteId: string): string {
  return `There is no site “${siteId.slice(0, 60)}”.\n`;
}

function notFound(response: ServerResponse, message: string): void {
  response.statusCode = 404;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(message);
}
