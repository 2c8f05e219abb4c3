/**
 * The tracker: page views, engagement and custom events of one page, sent so that none is lost or
 * counted twice. It never throws into the page, never delays a navigation, never asks for a preflight.
 */
import { createQueue } from './queue.js';
import type { Settings, WireEvent } from './wire.js';

declare const __SETTINGS__: Settings;

const settings = __SETTINGS__;
const script = document.currentScript as HTMLScriptElement | null;
/** Views are sent a little later than they happen: routers set the title after the URL. */
const VIEW_DELAY_MS = 250;
const EVENT_DELAY_MS = 1000;
/** Less engagement than this is not worth an event of its own. */
const ENGAGED_MIN_MS = 1000;
/** Nobody looks at a page for longer without a sign of it. */
const STRETCH_MAX_MS = 1_800_000;

type Args = [string, ...unknown[]];
type Api = ((...args: Args) => void) & { q?: [Args, number, string][]; on?: boolean };

const name = settings.n ?? 'hindsight';
const root = window as unknown as Record<string, Api | undefined>;
const stub = root[name];

function start(): void {
  const queue = createQueue(settings, endpoint(), script);
  let viewId = '';
  let viewUrl = '';
  let previousUrl = '';
  let scroll = 0;
  let sentScroll = 0;
  let engaged = 0;
  let activeSince = 0;

  const withoutHash = (url: string) => url.split('#')[0] as string;
  const event = (eventName: string, at = Date.now(), url = location.href): WireEvent => ({
    i: randomId(),
    n: eventName,
    t: at,
    u: url,
    ...(viewId && { g: viewId }),
  });

  const view = (props?: unknown, at?: number, url = location.href) => {
    leave();
    viewId = randomId();
    const made = event('page_view', at, url);
    if (viewUrl) made.r = viewUrl;
    previousUrl = viewUrl;
    viewUrl = url;
    scroll = sentScroll = 0;
    if (props) made.p = props as Record<string, string>;
    queue.add(made, VIEW_DELAY_MS, true);
    measure();
  };

  /** Sends what was looked at since the last time, if it is worth it. */
  const leave = (hiding = false) => {
    pause();
    const isMore = engaged >= ENGAGED_MIN_MS || scroll > sentScroll;
    if (viewUrl && isMore) {
      const made = event('user_engagement', Date.now(), viewUrl);
      if (previousUrl) made.r = previousUrl;
      made.d = Math.round(engaged);
      made.y = scroll;
      engaged = 0;
      sentScroll = scroll;
      queue.add(made, EVENT_DELAY_MS);
    }
    if (hiding) queue.flush(true);
    else update();
  };

  const pause = () => {
    if (activeSince) engaged += Math.min(performance.now() - activeSince, STRETCH_MAX_MS);
    activeSince = 0;
  };
  const isActive = () => document.visibilityState === 'visible' && document.hasFocus();
  const update = () => {
    if (!isActive()) pause();
    else if (!activeSince) activeSince = performance.now();
  };
  const measure = () => {
    const page = document.documentElement;
    const height = Math.max(page.scrollHeight, 1);
    const seen = Math.round(((scrollY + innerHeight) / height) * 100);
    scroll = Math.max(scroll, Math.min(100, seen));
  };

  const listen = (target: EventTarget, type: string, react: (event: Event) => void) =>
    target.addEventListener(type, safely(react), { capture: true, passive: true });

  const moved = () => {
    if (withoutHash(location.href) !== withoutHash(viewUrl)) view();
  };
  const navigation = (window as unknown as { navigation?: EventTarget }).navigation;
  if (navigation) listen(navigation, 'currententrychange', moved);
  else {
    for (const method of ['pushState', 'replaceState'] as const) {
      const native = history[method];
      history[method] = function patched(this: History, ...args) {
        native.apply(this, args);
        safely(moved)();
      };
    }
    listen(window, 'popstate', moved);
  }
  listen(window, 'scroll', measure);
  listen(window, 'focus', update);
  listen(window, 'blur', () => leave());
  listen(document, 'visibilitychange', () => {
    if (document.visibilityState === 'hidden') leave(true);
    else update();
  });
  listen(window, 'pagehide', () => leave(true));
  listen(window, 'pageshow', (shown) => {
    if ((shown as PageTransitionEvent).persisted) view();
  });

  const methods: Record<string, (args: unknown[], at?: number, url?: string) => void> = {
    page: ([props], at, url) => view(props, at, url),
    track: ([eventName, props, money], at, url) => {
      const made = event(String(eventName), at, url);
      if (props) made.p = props as Record<string, string>;
      if (money) made.$ = money as { value: number; currency: string };
      queue.add(made, EVENT_DELAY_MS);
    },
    identify: ([user]) => queue.identify(user == null ? undefined : String(user)),
    flush: () => queue.flush(false),
  };
  const api = safely((...args: Args) => methods[args[0]]?.(args.slice(1))) as Api;
  for (const method of Object.keys(methods)) {
    (api as unknown as Record<string, unknown>)[method] = (...args: unknown[]) =>
      api(method, ...args);
  }
  api.on = true;
  root[name] = api;

  const first = () => {
    if (script?.dataset['auto'] !== 'false') view();
    for (const [args, at, url] of stub?.q ?? []) methods[args[0]]?.(args.slice(1), at, url);
    queue.retry();
  };
  // A page opened in the background is counted when it is first seen.
  if (document.visibilityState === 'visible') first();
  else {
    const seen = safely(() => {
      if (document.visibilityState !== 'visible') return;
      document.removeEventListener('visibilitychange', seen);
      first();
    });
    document.addEventListener('visibilitychange', seen);
  }
  update();
}

function endpoint(): string {
  const given = script?.dataset['endpoint'] ?? settings.e;
  return new URL(given, script?.src || location.href).href;
}

function randomId(): string {
  return crypto.getRandomValues(new Uint32Array(3)).reduce((id, n) => id + n.toString(36), '');
}

/** The page's own code never sees a fault of ours. */
function safely<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      run(...args);
    } catch {
      // There is nobody to tell: the page must not notice.
    }
  };
}

if (!stub?.on && /^https?:$/.test(location.protocol)) {
  const doc = document as Document & { prerendering?: boolean };
  if (doc.prerendering) doc.addEventListener('prerenderingchange', safely(start), { once: true });
  else safely(start)();
}
