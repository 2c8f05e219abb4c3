import type { Answer, Transport } from './adapters.js';

/** So long an answer is waited for. */
const TIMEOUT_MS = 20_000;

export interface HttpOptions {
  /** Origin of the Hindsight server, with its path of hits if that is not `/h`. */
  readonly host: string;
  /** A token of role WRITE: from servers only, since it is a secret. */
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Address that hits go to. Throws when the host is no address. */
export function endpointOf(host: string): string {
  // By hand: not every platform has a whole `URL`.
  const [, origin, path = ''] = /^(https?:\/\/[^/\s?#]+)(\/[^\s?#]*)?$/.exec(host) ?? [];
  if (origin === undefined) {
    throw new TypeError(`host must be an address such as https://hits.example, not “${host}”`);
  }
  return origin + (path.replace(/\/$/, '') || '/h');
}

/** Sends by `fetch`. */
export function httpTransport({ host, token, headers = {} }: HttpOptions): Transport {
  const endpoint = endpointOf(host);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    async send(body, withToken = false): Promise<Answer> {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
      try {
        const answer = await fetch(endpoint, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...headers,
            // Without it a clock that differs from the collector's is put right there.
            ...(withToken ? authorization : {}),
          },
          body,
          signal: stop.signal,
        });
        return {
          status: answer.status,
          retryAfter: answer.headers.get('retry-after'),
          date: answer.headers.get('date'),
          body: await answer.text(),
        };
      } catch {
        return { status: 0 };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
