import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Hit } from '../hit.js';
import { type Refused, refuse } from '../refusal.js';

/** A page's batch fits many times; a stranger's request may not make us hold more. */
export const BODY_BYTES_MAX = 64 * 1024;
/** Servers and imports, with a token of role WRITE. */
export const TOKEN_BODY_BYTES_MAX = 4 * 1024 * 1024;
const TYPES = /^(?:text\/plain|application\/json)\s*(?:;|$)/i;

const unzip = promisify(gunzip) as (
  body: Buffer,
  options: { maxOutputLength: number },
) => Promise<Buffer>;

/** Reads, unpacks and parses the body within its limits. */
export async function readBody(hit: Hit): Promise<Refused | null> {
  const { headers } = hit.request;
  const most = hit.token === null ? BODY_BYTES_MAX : TOKEN_BODY_BYTES_MAX;
  if (!TYPES.test(headers['content-type'] ?? '')) {
    return refuse('bad_type', 'Content-Type must be text/plain or application/json');
  }
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') {
    return refuse('bad_encoding', 'Content-Encoding must be gzip or be left out');
  }
  const raw = await collect(hit.request, most);
  if (!Buffer.isBuffer(raw)) return raw;
  const body = encoding === 'gzip' ? await unpack(raw, most) : raw;
  if (!Buffer.isBuffer(body)) return body;
  try {
    hit.body = JSON.parse(body.toString('utf8'));
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse('bad_json', `the body is no JSON: ${reason.slice(0, 120)}`);
  }
}

/** All of the body, or a refusal as soon as it is too large; what follows is read and dropped. */
function collect(request: IncomingMessage, most: number): Promise<Buffer | Refused> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    if (Number(request.headers['content-length'] ?? 0) > most) {
      request.resume();
      resolve(tooLarge(most));
      return;
    }
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= most) parts.push(part);
      else {
        parts.length = 0;
        resolve(tooLarge(most));
      }
    });
    request.once('end', () => {
      resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
    });
    request.once('error', () => resolve(refuse('bad_json', 'the body broke off')));
    request.once('aborted', () => resolve(refuse('bad_json', 'the body broke off')));
  });
}

async function unpack(raw: Buffer, most: number): Promise<Buffer | Refused> {
  try {
    return await unzip(raw, { maxOutputLength: most });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? tooLarge(most) : refuse('bad_encoding', 'the body is no gzip');
  }
}

function tooLarge(most: number): Refused {
  return refuse('too_large', `the body may have ${most} bytes, unpacked`);
}
