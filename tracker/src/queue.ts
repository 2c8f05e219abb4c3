import { touchVisitor } from './identity.js';
import { createStore } from './store.js';
import type { Settings, WireBatch, WireEvent } from './wire.js';

const EVENTS_MAX = 20;
/** Half of what a browser lets a page have on its way, so that two batches fit. */
const BYTES_MAX = 30_000;
/** Failures that may pass: the batch is kept and sent again. */
const isTemporary = (status: number) => status === 408 || status === 429 || status >= 500;
const FLAG = { webdriver: 16, retry: 32, beacon: 64, prerendered: 128 };

/** Collects events and sends them in batches. */
export interface Queue {
  /** @param isView its title is read when it is sent */
  add(event: WireEvent, delayMs: number, isView?: boolean): void;
  flush(hiding: boolean): void;
  identify(user: string | undefined): void;
  /** Sends what an earlier page could not. */
  retry(): void;
}

/** The queue of one document. */
export function createQueue(
  settings: Settings,
  endpoint: string,
  script: HTMLScriptElement | null,
): Queue {
  const store = createStore(`_${settings.n ?? 'hindsight'}_q`, (batch) => post(batch, true));
  const events: WireEvent[] = [];
  let views: WireEvent[] = [];
  let timer = 0;
  let dueAt = 0;
  let user: string | undefined;
  let isFirstBatch = true;
  const wasPrerendered =
    ((performance.getEntriesByType('navigation')[0] as { activationStart?: number } | undefined)
      ?.activationStart ?? 0) > 0;

  const post = async (batch: WireBatch, isRetry: boolean): Promise<boolean> => {
    batch.t = Date.now();
    if (isRetry) batch.k |= FLAG.retry;
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        body: JSON.stringify(batch),
        keepalive: true,
        credentials: 'omit',
      });
      return !isTemporary(response.status);
    } catch {
      return false;
    }
  };

  const send = (batch: WireBatch, hiding: boolean) => {
    if (hiding) {
      batch.k |= FLAG.beacon;
      if (!navigator.sendBeacon(endpoint, JSON.stringify(batch))) store.keep(batch);
    } else {
      void post(batch, false).then((isDone) => {
        if (!isDone) store.keep(batch);
      });
    }
  };

  const flush = (hiding: boolean) => {
    clearTimeout(timer);
    timer = 0;
    for (const view of views) view.h = document.title.slice(0, 512);
    views = [];
    while (events.length > 0) {
      let count = 0;
      let bytes = 500;
      while (count < Math.min(events.length, EVENTS_MAX) && (count === 0 || bytes < BYTES_MAX)) {
        bytes += JSON.stringify(events[count]).length;
        count += 1;
      }
      send(batchOf(events.splice(0, count)), hiding);
    }
  };

  const batchOf = (part: WireEvent[]): WireBatch => {
    const visitor = touchVisitor(settings);
    const batch: WireBatch = {
      v: 1,
      s: settings.s,
      b: part[0]?.i ?? '',
      t: Date.now(),
      c: visitor.id,
      n: [visitor.sessionStart, visitor.sessionNumber],
      k: 1 | (navigator.webdriver ? FLAG.webdriver : 0) | (wasPrerendered ? FLAG.prerendered : 0),
      e: part,
    };
    if (user) batch.m = user;
    if (isFirstBatch) batch.x = contextOf(script);
    isFirstBatch = false;
    return batch;
  };

  return {
    add(event, delayMs, isView) {
      if (isView) views.push(event);
      events.push(event);
      touchVisitor(settings);
      if (events.length >= EVENTS_MAX) return flush(false);
      const due = Date.now() + delayMs;
      if (timer && due >= dueAt) return;
      clearTimeout(timer);
      dueAt = due;
      timer = setTimeout(() => flush(false), delayMs) as unknown as number;
    },
    flush,
    identify(next) {
      user = next;
    },
    retry: () => store.drain(),
  };
}

/** What is said once per document. */
function contextOf(script: HTMLScriptElement | null): Record<string, unknown> {
  return {
    vp: `${innerWidth}x${innerHeight}`,
    sc: `${screen.width}x${screen.height}`,
    d: devicePixelRatio,
    l: navigator.languages,
    z: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(document.referrer && { r: document.referrer }),
    ...(script?.dataset['build'] && { w: script.dataset['build'] }),
  };
}
