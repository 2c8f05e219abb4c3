/** What a browser gives the client: transport, storage, lifecycle, network, the visitor's cookie. */
import { cookieJar, forget, type Jar, tabJar, touchVisitor } from '../../privacy/visitor.js';
import type { Settings } from '../../script/settings.js';
import type { Adapters, Answer, Identity, Storage, Transport } from '../adapters.js';
import { endpointOf } from '../http-transport.js';

/** Bytes of a body that a browser sends on after its page has gone: 64 KiB for all together. */
const KEEPALIVE_MAX = 20_000;

/** Texts without headers, so that a server of another origin is never asked before. */
export function browserTransport(host: string): Transport {
  const endpoint = endpointOf(host);
  return {
    async send(body): Promise<Answer> {
      try {
        const keepalive = body.length < KEEPALIVE_MAX;
        const answer = await fetch(endpoint, { method: 'POST', body, keepalive });
        return { status: answer.status, retryAfter: answer.headers.get('retry-after') };
      } catch {
        return { status: 0 };
      }
    },
    sendLast: (body) => void navigator.sendBeacon(endpoint, body),
  };
}

export const pageStorage: Storage = {
  get: (key) => localStorage.getItem(key),
  set: (key, text) => localStorage.setItem(key, text),
  remove: (key) => localStorage.removeItem(key),
};

/** The cookie that the script of the same site would use, or this tab's storage. */
export function jarIdentity(settings: Settings, mode: 'cookie' | 'session'): Identity {
  const open = (): Jar => (mode === 'cookie' ? cookieJar(settings) : tabJar(settings));
  let jar = open();
  return {
    load: () => Promise.resolve(),
    touch: () => touchVisitor(settings, jar),
    forget() {
      forget(settings);
      jar = open();
    },
  };
}

/** A page that is hidden may never be seen again. */
export const pageLifecycle: NonNullable<Adapters['lifecycle']> = {
  subscribe(change) {
    const changed = () => change(!document.hidden);
    const hidden = () => change(false);
    document.addEventListener('visibilitychange', changed);
    addEventListener('pagehide', hidden);
    return () => {
      document.removeEventListener('visibilitychange', changed);
      removeEventListener('pagehide', hidden);
    };
  },
};

export const pageConnectivity: NonNullable<Adapters['connectivity']> = {
  subscribe(online) {
    addEventListener('online', online);
    return () => removeEventListener('online', online);
  },
};

export const pageContext = () => ({
  sc: `${screen.width}x${screen.height}`,
  vp: `${innerWidth}x${innerHeight}`,
  d: devicePixelRatio,
  l: navigator.languages,
  z: Intl.DateTimeFormat().resolvedOptions().timeZone,
  r: document.referrer,
});
