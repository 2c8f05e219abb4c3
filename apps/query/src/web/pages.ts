import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where the build puts the dashboard. */
const DIRECTORY = fileURLToPath(new URL('../../../dashboard', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

interface Page {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

/** Where the page is told the operator's path for hits. */
const HIT_PATH = '<meta name="hindsight-hit-path" content="h">';

/** Serves the dashboard's files; its own addresses all get the one page. */
export function registerPages(fastify: FastifyInstance, hitPath: string): void {
  const pages = loadPages(hitPath);
  const send = (name: string) => (request: FastifyRequest, reply: FastifyReply) => {
    const page = pages.get(name);
    if (page === undefined) return reply.code(404).type('text/plain').send('Not built yet.\n');
    reply.header('content-security-policy', POLICY);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'same-origin');
    reply
      .header('etag', page.etag)
      .header('cache-control', 'no-cache')
      .header('vary', 'accept-encoding');
    if (request.headers['if-none-match'] === page.etag) return reply.code(304).send();
    const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    if (takesGzip) reply.header('content-encoding', 'gzip');
    return reply.type(page.type).send(takesGzip ? page.gzip : page.plain);
  };
  for (const path of ['/', '/setup', '/signin', '/sites/:id'])
    fastify.get(path, send('index.html'));
  for (const name of pages.keys()) fastify.get(`/assets/${name}`, send(name));
}

function loadPages(hitPath: string): Map<string, Page> {
  const pages = new Map<string, Page>();
  if (!existsSync(DIRECTORY)) return pages;
  for (const name of readdirSync(DIRECTORY)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const file = readFileSync(join(DIRECTORY, name));
    const plain = name === 'index.html' ? withHitPath(file, hitPath) : file;
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
    pages.set(name, { type, etag, plain, gzip: gzipSync(plain) });
  }
  return pages;
}

/** The path holds letters, digits and the like only: the settings see to that. */
function withHitPath(page: Buffer, hitPath: string): Buffer {
  return Buffer.from(page.toString().replace(HIT_PATH, HIT_PATH.replace('"h"', `"${hitPath}"`)));
}
