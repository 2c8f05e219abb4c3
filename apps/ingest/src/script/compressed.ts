import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** A text in every encoding, made once. */
export class Compressed {
  readonly etag: string;
  private readonly bodies: Readonly<Record<'plain' | 'gzip' | 'br', Buffer>>;

  constructor(text: string) {
    const plain = Buffer.from(text);
    this.etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
    this.bodies = { plain, gzip: gzipSync(plain, { level: 9 }), br: brotliCompressSync(plain) };
  }

  /** Answers a GET or HEAD with the script, or 304 when it is known. */
  send(request: IncomingMessage, response: ServerResponse, cacheControl: string): void {
    response.setHeader('etag', this.etag);
    response.setHeader('cache-control', cacheControl);
    response.setHeader('vary', 'accept-encoding');
    if (request.headers['if-none-match'] === this.etag) {
      response.statusCode = 304;
      response.end();
      return;
    }
    response.setHeader('content-type', 'text/javascript; charset=utf-8');
    const accepted = String(request.headers['accept-encoding'] ?? '');
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : 'plain';
    if (encoding !== 'plain') response.setHeader('content-encoding', encoding);
    const body = this.bodies[encoding];
    response.setHeader('content-length', body.length);
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}
