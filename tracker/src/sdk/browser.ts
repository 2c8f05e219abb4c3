/** For applications in browsers that are built from packages: the script's page views over the package's client. */
import { decide, OPTED_OUT, signals } from '../privacy/decide.js';
import type { Mode, Settings } from '../script/settings.js';
import { FLAG } from '../wire.js';
import type { Transport } from './adapters.js';
import { Client } from './client.js';
import type { ClientOptions } from './client-options.js';
import type { AnyEvents, EventMap } from './event-map.js';
import { noIdentity } from './identity.js';
import {
  browserTransport,
  jarIdentity,
  pageConnectivity,
  pageContext,
  pageLifecycle,
  pageStorage,
} from './page/browser-adapters.js';
import { watchViews } from './page/views.js';

export * from './core.js';
export { webViewTransport } from './web-view.js';

const FLUSH_AT = 20;
const FLUSH_MS = 1000;
const COOKIE_SECONDS = 400 * 86_400;
const NAME = 'hindsight';

export interface BrowserOptions extends ClientOptions {
  /** Origin of the Hindsight server; its path of hits too, if that is not `/h`. */
  readonly host: string;
  /** How visitors are known; `cookie` unless told, and the strictest of what the browser asks for. */
  readonly mode?: Mode;
  /** Mode under Global Privacy Control (`cookieless`), and under Do Not Track (none of its own). */
  readonly gpc?: Mode | '';
  readonly dnt?: Mode;
  /** Domain of the cookie, for a site of several hosts: `example.com`. */
  readonly cookieDomain?: string;
  /** `false`: only what `page()` is called for. */
  readonly pageViews?: boolean;
  /** Instead of `fetch`; `webViewTransport(window.ReactNativeWebView)` inside an application. */
  readonly transport?: Transport;
}

/** A client of one page. */
export class PageTracker<Events extends EventMap<Events> = AnyEvents> extends Client<Events> {
  /** This browser is left out until `optIn`; what waits is dropped. */
  optOut(): void {
    this.end();
    this.remember(OPTED_OUT);
  }

  /** From the next page on. */
  optIn(): void {
    this.remember(null);
  }

  private remember(text: string | null): void {
    try {
      if (text === null) localStorage.removeItem(`${NAME}-`);
      else localStorage.setItem(`${NAME}-`, text);
    } catch {
      // Without a storage it is forgotten with the page.
    }
  }
}

/** Trackers of this page by site: bundles that are loaded twice share them. */
const TRACKERS = Symbol.for('hindsight.trackers');

/** Begins at once, with the view of the page it is called on; a second call for a site gives the first one's. */
export function createTracker<Events extends EventMap<Events> = AnyEvents>(
  options: BrowserOptions,
): PageTracker<Events> {
  const page = globalThis as unknown as Record<symbol, Map<string, unknown>>;
  page[TRACKERS] ??= new Map();
  const known = page[TRACKERS].get(options.site) as PageTracker<Events> | undefined;
  const tracker = known ?? begin<Events>(options);
  page[TRACKERS].set(options.site, tracker);
  return tracker;
}

function begin<Events extends EventMap<Events>>(options: BrowserOptions): PageTracker<Events> {
  const settings = settingsOf(options);
  const mode = decide(settings, isOptedOut());
  const transport = options.transport ?? browserTransport(options.host);
  const isKnown = mode === 'cookie' || mode === 'session';
  const tracker = new PageTracker<Events>(
    {
      transport,
      identity: isKnown ? jarIdentity(settings, mode) : noIdentity,
      storage: isKnown ? pageStorage : null,
      lifecycle: pageLifecycle,
      connectivity: pageConnectivity,
      context: pageContext,
      limit: mode === 'off' || mode === 'cookieless' ? mode : 'granted',
      flags: flagsOf(),
    },
    { flushAt: FLUSH_AT, flushMs: FLUSH_MS, ...options },
  );
  if (options.pageViews !== false && mode !== 'off') watchViews(tracker);
  return tracker;
}

function flagsOf(): number {
  const { gpc, dnt } = signals();
  return (gpc ? FLAG.gpc : 0) | (dnt ? FLAG.dnt : 0) | (navigator.webdriver ? FLAG.webdriver : 0);
}

function isOptedOut(): boolean {
  try {
    return localStorage.getItem(`${NAME}-`) === OPTED_OUT;
  } catch {
    return false;
  }
}

function settingsOf({ host, site, mode, gpc, dnt, cookieDomain }: BrowserOptions): Settings {
  const secure = location.protocol === 'https:' ? ';secure' : '';
  const domain = cookieDomain === undefined ? '' : `;domain=${cookieDomain}`;
  return {
    site_: site,
    endpoint_: host,
    base_: '',
    name_: NAME,
    key_: `_${NAME}=1.`,
    attributes_: `;path=/;max-age=${COOKIE_SECONDS};samesite=lax${secure}${domain}`,
    ...(mode !== undefined && { mode_: mode }),
    ...(gpc !== undefined && { gpc_: gpc }),
    ...(dnt !== undefined && { dnt_: dnt }),
  };
}
