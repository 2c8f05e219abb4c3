/**
 * The tracker of a page: views, engagement and custom events, sent so that none is lost or counted
 * twice. It never throws into the page, never delays a navigation, never asks for a preflight. All of it is
 * loaded before the first view can be counted, so whatever a view does not need is an extension, and
 * lines are paid for in bytes after gzip: some are written for these.
 */
import type { Properties, WireBatch, WireEvent } from '../wire.js';
import type { Call, Kernel, TimedCall, TrackOptions } from './kernel.js';
import type { Settings } from './settings.js';

/** Here the server writes the settings of the site. */
declare const $$: Settings;
/** Set by the build: the variant with consent, privacy signals, opt-out, attributes of the tag. */
declare const __FULL__: boolean;

/** A view is sent a little later than it happens: routers set the title after the address. */
const VIEW_DELAY_MS = 250;
const EVENT_DELAY_MS = 1e3;
/** Less engagement than this is not worth an event of its own. */
const ENGAGED_MIN_MS = 1e3;
/** Nobody looks at a page for longer without a sign of it. */
const STRETCH_MAX_MS = 18e5;
const EVENTS_MAX = 20;
/** Events held until a visitor has decided: what one batch may hold. */
const HELD_MAX = 99;
/** Seconds without an event that end a session. */
const IDLE_SECONDS = 1800;
/** Bits of `k`. */
const CONSENTED = 1;
const COOKIELESS_BY_GPC = 2 | 4;
const WEBDRIVER = 16;
const BEACON = 64;

type Signals = { globalPrivacyControl?: boolean; webdriver: number };
type Root = Record<string, unknown> & { navigation?: EventTarget };
/** Not a constant of its own: the word costs less than a name for it. */
declare const self: Root;
const doc = document as Document & { prerendering?: boolean };
const settings = $$;
if (__FULL__) {
  const dataset = (doc.currentScript as HTMLScriptElement).dataset;
  for (const key in dataset)
    (settings as unknown as typeof dataset)[key.slice(0, 2)] = dataset[key];
}
const name = settings.name_;
/** What the page called before this script was there. */
const queue = (self[name] as { q?: TimedCall[] } | undefined)?.q || [];
let events: WireEvent[] = [];
/** The view that goes on; every event bears its id. */
let view = (__FULL__ ? { u: '' } : 0) as WireEvent;
let viewId: string | undefined;
let memory = '';
/** Said once per document: spread into the first batch. */
let context: unknown;
let engaged = 0;
let activeSince: number | false = 0;
let bottom = 0;
let reported = 0;

const guard =
  <A extends unknown[], R>(act: (...args: A) => R): ((...args: A) => R | undefined) =>
  (...args) => {
    try {
      return act(...args);
    } catch {
      // There is nobody to tell: the page must not notice.
      return undefined;
    }
  };
/** 96 bits of chance. */
const random = () => crypto.getRandomValues(new Uint32Array(3)).join('');
/** Ends a stretch of attention and begins the next. State is looked up, never inferred from an event. */
const tick = () => {
  const now = performance.now();
  if (activeSince) engaged += Math.min(now - activeSince, STRETCH_MAX_MS);
  activeSince = !doc.hidden && doc.hasFocus() && now;
  bottom = Math.max(bottom, scrollY + innerHeight);
};
const make = (n: string, p?: unknown, t = Date.now(), u = location.href): WireEvent => ({
  i: random(),
  n,
  t,
  u,
  g: viewId,
  p: p as Properties,
});
const open = (called?: unknown[], at?: number, url?: string) => {
  const r = view.u && (leave(), view.u);
  viewId = random();
  view = { ...make('page_view', called?.[1], at, url), r };
  bottom = reported = 0;
  kernel.add_(view, VIEW_DELAY_MS);
};
/** A view that nobody asked for. */
const openByItself = () => {
  if (settings.auto_ != 'false') open();
};
/** The depth is that of the lowest point seen, in a page as high as it is now: it may have grown. */
const leave = () => {
  tick();
  view.h = doc.title;
  const y = Math.min(100, ((100 * bottom) / doc.documentElement.scrollHeight + 0.5) | 0);
  if (engaged >= ENGAGED_MIN_MS || y > reported) {
    kernel.add_({ ...make('user_engagement'), u: view.u, d: engaged | 0, y: (reported = y) });
    engaged = 0;
  }
};
/** @param beacon its flag when the page is being hidden */
const flush = guard((beacon?: unknown) => {
  if (__FULL__ && kernel.held_) events.splice(HELD_MAX);
  else if (events[0]) {
    view.h = doc.title;
    kernel.send_(
      {
        v: 1,
        s: settings.site_,
        b: random(),
        t: Date.now(),
        ...(__FULL__ ? kernel.visitor_() : visitor()),
        k:
          (beacon as number) |
          (__FULL__
            ? kernel.flags_
            : CONSENTED | (WEBDRIVER * (navigator as unknown as Signals).webdriver)),
        ...(context as object),
        e: events,
      },
      beacon,
    );
    events = [];
    context = 0;
  }
});
/** Reads or makes the cookie (visitor, created, session start, last seen, session number) and writes it back at once. */
const visitor = guard((): Partial<WireBatch> | undefined => {
  if (__FULL__ && (navigator as unknown as Signals).globalPrivacyControl) return;
  const now = (Date.now() / 1e3) >>> 0;
  let [id = random(), created = now, start, seen, number = 0] = ((doc.cookie + memory)
    .split(settings.key_)[1]
    ?.split(/\W/) || []) as [string?, ...number[]];
  if (!(now - (seen as number) < IDLE_SECONDS)) {
    start = now;
    number++;
  }
  doc.cookie =
    (memory = settings.key_ + [id, created, start, now, number].join('.')) + settings.attributes_;
  return { c: id, n: [+(start as number), +number] };
});
const load = (extension: string) =>
  (kernel[extension] ||= import(settings.base_ + extension + '.js').then(
    (module) => module.default(kernel),
    () => (kernel[extension] = 0),
  ));
const call = guard((timed: TimedCall) => {
  const method = timed[0][0];
  if (kernel[method]) (kernel[method] as (...timed: TimedCall) => void)(...timed);
  else {
    queue.push(timed);
    load('api');
    // Calls of `consent`, `optIn` and `optOut`: nothing happens until they are carried out.
    if (__FULL__ && /^co|^op/.test(method)) kernel.held_ = 1;
  }
});

const kernel = {
  ...(__FULL__ && {
    visitor_: visitor,
    flags_:
      ((navigator as unknown as Signals).globalPrivacyControl ? COOKIELESS_BY_GPC : CONSENTED) |
      (WEBDRIVER * (navigator as unknown as Signals).webdriver),
  }),
  settings_: settings,
  queue_: queue,
  flush_: flush,
  page: open,
  track: (
    [, event, props, options]: [string, string, unknown, TrackOptions?],
    at?: number,
    url?: string,
  ) =>
    kernel.add_({
      ...make(event, props, at, url),
      $: __FULL__ ? options?.currency && options : options,
    } as WireEvent),
  add_: (event: WireEvent, delayMs = EVENT_DELAY_MS) =>
    setTimeout(flush, events.push(event) < EVENTS_MAX ? delayMs : 0),
  send_(batch: WireBatch, isHiding: unknown) {
    const body = JSON.stringify(batch);
    const keep = guard(() => {
      // A key for each batch, so that tabs never write over one another; the other one says that there are some.
      localStorage[name] = localStorage[batch.b + name] = body;
      load('retry');
    });
    if (isHiding) navigator.sendBeacon(settings.endpoint_, body) || keep();
    else
      fetch(settings.endpoint_, { method: 'POST', body, keepalive: true }).then(
        // Failures that pass, and a body that is too large: `retry` splits it.
        (answer) => /^5|4(08|13|29)/.test(answer.status as unknown as string) && keep(),
        keep,
      );
  },
} as unknown as Kernel;

/** Every event that says something about attention or the address. */
const lifecycle = guard(({ type, persisted }: Event & { persisted?: boolean }) => {
  tick();
  if (
    (type == 'pageshow' && persisted) ||
    location.href.split('#')[0] != (view.u as string).split('#')[0]
  )
    __FULL__ ? openByItself() : open();
  if (type == 'pagehide' || doc.hidden) {
    leave();
    flush(BEACON);
  }
});
/** Not before the page is seen: a prerendered one sets no cookie, one in the background is no view yet. */
const start = guard((): void => {
  const event = doc.prerendering ? 'prerenderingchange' : doc.hidden ? 'visibilitychange' : 0;
  if (event) return doc.addEventListener(event, start, { once: true });
  context = {
    x: {
      sc: screen.width + 'x' + screen.height,
      l: navigator.languages,
      z: Intl.DateTimeFormat().resolvedOptions().timeZone,
      r: doc.referrer,
    },
  };
  __FULL__ ? openByItself() : open();
  queue.splice(0).map(call);
  self[name] = (...args: Call) => call([args, Date.now(), location.href]);
  'visibilitychange pagehide pageshow focus blur scroll'
    .split(' ')
    .map((type) => addEventListener(type, lifecycle));
  if (self.navigation) self.navigation.addEventListener('currententrychange', lifecycle);
  else load('history');
  if (__FULL__) {
    settings.ext_?.split(' ').map(load);
    if ((kernel.held_ ||= settings.mode_ || settings.consent_ || localStorage[name + '-']))
      load('api');
  } else settings.ext_?.map(load);
  if (localStorage[name]) load('retry');
});
self[settings.key_] ||= start() || 1;
