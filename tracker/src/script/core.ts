import { FLAG, type Money, type Properties, type WireEvent } from '../wire.js';
import type { Call, Kernel, TimedCall, TrackOptions } from './kernel.js';
import type { Extension, Mode, Settings } from './settings.js';

declare const __FULL__: boolean;
declare const __SETTINGS__: Settings;

type Global = ((...call: Call) => unknown) & { q?: TimedCall[]; k?: Kernel };
  const doc = document as any;
  const win = window as any;
  const script = doc.currentScript as HTMLScriptElement;
  const settings: Settings = { ...__SETTINGS__, ...script.dataset };
  const { name } = settings;
  let events: WireEvent[] = [];
  let queue: any = win[name]?.q || [];
  let view: any;
  let engaged = 0;
  let since = 0;
  let bottom = 0;
  let depth = 0;
  let context: any = {
      sc: `${screen.width}x${screen.height}`,
      l: navigator.languages,
      z: Intl.DateTimeFormat().resolvedOptions().timeZone,
      r: doc.referrer,
    };

  const guard: Kernel['guard_'] =
    (act) =>
    (...args) => {
      try {
        return act(...args);
      } catch {
        // There is nobody to tell: the page must not notice.
      }
    };
  const random = () => Date.now().toString(36) + crypto.getRandomValues(new Uint32Array(2)).join('');
  const addressOf = (url: string) => url.split('#')[0];
  const tick = () => {
    const now = performance.now();
    if (since) engaged += Math.min(now - since, 18e5);
    since = !doc.hidden && doc.hasFocus() ? now : 0;
    bottom = Math.max(bottom, scrollY + innerHeight);
  };
  const make = (n: any, p?: any, t = Date.now(), u = location.href) : any=> ({
      i: random(), n, t, u, g: view?.i, p });
  const open = (props?: any, at?: any, url?: any) => {
      const r = view && (leave(), view.u);
      view = make('page_view', props, at, url);
      view.g = view.i;
      view.r = r;
      bottom = depth = 0;
      kernel.add_(view, 250);
  }
  const leave = () => {
      tick();
      view.h = doc.title;
      const y = Math.min(100, Math.round((bottom / doc.documentElement.scrollHeight) * 100));
      if (engaged >= 1e3 || y > depth) {
        kernel.add_({...make('user_engagement'), u: view.u, d: Math.round(engaged), y: depth = y}, 1e3);
        engaged = 0;
      }
    };
  const flush = guard((hiding?: any) => {
      if (events[0]) {
        view.h = doc.title;
        kernel.send_(
          {
            v: 1,
            s: settings.site,
            b: events[0].i,
            t: Date.now(),
            ...visitor(),
            k: kernel.flags_ | (hiding ? FLAG.beacon : 0),
            x: context,
            e: events,
          },
          hiding,
        );
        events=[];context = 0;
      }
    });
    const store= guard((body) => {
      localStorage[name] = `${localStorage[name] || ''}\n${body}`.slice(-128e3);
      load('retry');
    });
    const visitor=guard(() => {
      const now = Math.floor(Date.now() / 1e3);
      let [id = random(), created = now, start, seen, number = 0] = (doc.cookie +';'+ kernel.memory_).split(name+'=1.')[1]?.split(/\W/) || [] as any;
      if (!(now - seen < 1800)) {start=now;number++}
      doc.cookie = (kernel.memory_ = [name + '=1', id, created, start, now, number].join('.')) + settings.cookie;
      return {c: id, n: [+start, +number]};
    });
    const load=guard((extension) => {
      extension && (kernel as any)[extension] || ((kernel as any)[extension] = import(settings.base + extension + '.js').then((m) => m.default(kernel)).catch(() => {}));
    });
  const kernel: any = {
    settings_: settings,
    endpoint_: new URL(settings.endpoint, script.src),
    flags_: navigator.webdriver ? FLAG.consented | FLAG.webdriver : FLAG.consented,
    flush_: flush,
    page: open,
    track: (event: any, props: any, options: any, at: any, url: any) => 
      kernel.add_({...make(event, props, at, url), $: options}, 1e3),
    call_: guard((call:any, at:any, url:any) =>{
      if (queue) queue.push([call, at, url]);
      else if (kernel[call[0]]) kernel[call[0]](...call.slice(1), at, url);
      else { kernel.later_.push([call, at, url]); load('api'); }
    }),
    add_(event:any, delayMs:any) {
      setTimeout(flush, events.push(event) > 19 ? 0 : delayMs);
    },
    send_(batch:any, hiding:any) {
      const body = JSON.stringify(batch);
      const keep = () => store(body);
      if (hiding) navigator.sendBeacon(kernel.endpoint_, body) || keep();
      else
        fetch(kernel.endpoint_, { method: 'POST', body, keepalive: true, credentials: settings.credentials }).then(
          ({ status }) => /^(4(08|13|29)|5)/.test(status as any) && keep(),
          keep,
        );
    },
  };

  const api = ((...args: Call) => kernel.call_(args, Date.now(), location.href)) as Global;
  win[name] = new Proxy(api, { get: (target: any, method: any) => target[method] || ((...args: unknown[]) => api(method, ...args)) });

  const lifecycle = guard(({ type, persisted }: any) => {
    tick();
    if (type == 'pageshow' && persisted) open();
    const hiding = doc.hidden || type == 'pagehide';
    if (hiding || type == 'blur') leave();
    if (hiding) flush(1);
  });
  const start = guard((event?: Event) => {
    const wait = doc.prerendering ? 'prerenderingchange' : doc.hidden ? 'visibilitychange' : 0;
    if (wait) return doc.addEventListener(wait, start, { once: true });
    if (event?.type[0] == 'p') kernel.flags_ |= FLAG.prerendered;
    if (settings.auto != 'false') open();
    queue.splice(0).map((timed: any) => kernel.call_(...timed), queue=0);
    for (const type of ['scroll', 'focus', 'blur', 'visibilitychange', 'pagehide', 'pageshow']) addEventListener(type, lifecycle);
    if (win.navigation) navigation.addEventListener('currententrychange', guard(() => addressOf(location.href) != addressOf(view.u) && open()));
    else load('history');
    (settings.ext || '').split(' ').map(load);
    if (localStorage[name]) load('retry');
  });
  start();
declare const navigation: any;
