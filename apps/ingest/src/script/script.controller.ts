import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Registry } from '#readmodel';

/** Where the build puts the tracker. */
const SCRIPT_FILE = new URL('../../../../tracker/core.js', import.meta.url);
/** What stands in the built script for the settings of one site. */
const MARKER = '"__HINDSIGHT_SETTINGS__"';
/** Sites whose script is kept compressed in memory. */
const SCRIPTS_MAX = 1000;
const CACHE_CONTROL = 'public, max-age=3600, stale-while-revalidate=86400';

/** One site's script in every encoding. */
interface Script {
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly br: Buffer;
}

/** Serves `GET /h/{siteId}.js`: the tracker with the site's settings written into it. */
export class ScriptController {
  private readonly scripts = new Map<string, Script>();
  private source: string | null = null;

  constructor(
    private readonly registry: Registry,
    private readonly hitPath: string,
  ) {}

  /** Answers one request for the script of a site. */
  handle(siteId: string, request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    if (!this.registry.view().sites.has(siteId)) {
      response.statusCode = 404;
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(`There is no site “${siteId.slice(0, 60)}”.\n`);
      return;
    }
    const script = this.scriptOf(siteId);
    response.setHeader('etag', script.etag);
    response.setHeader('cache-control', CACHE_CONTROL);
    response.setHeader('vary', 'accept-encoding');
    if (request.headers['if-none-match'] === script.etag) {
      response.statusCode = 304;
      response.end();
      return;
    }
    response.setHeader('content-type', 'text/javascript; charset=utf-8');
    const accepted = String(request.headers['accept-encoding'] ?? '');
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null;
    if (encoding !== null) response.setHeader('content-encoding', encoding);
    const body = script[encoding ?? 'plain'];
    response.setHeader('content-length', body.length);
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private scriptOf(siteId: string): Script {
    const known = this.scripts.get(siteId);
    if (known !== undefined) return known;
    this.source ??= readFileSync(SCRIPT_FILE, 'utf8');
    const settings = JSON.stringify({ s: siteId, e: `/${this.hitPath}` });
    const plain = Buffer.from(this.source.replace(MARKER, () => settings));
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
    const script = {
      etag,
      plain,
      gzip: gzipSync(plain, { level: 9 }),
      br: brotliCompressSync(plain),
    };
    if (this.scripts.size >= SCRIPTS_MAX) this.scripts.clear();
    this.scripts.set(siteId, script);
    return script;
  }
}
