/** Views of a page and of the addresses that its router makes of it, and the attention each gets. */
import { randomId } from '../adapters.js';
import { type Attention, watchAttention } from './attention.js';

/** Receives the events of a page, in the keys of the wire format. */
export interface PageEvents {
  add(name: string, fields: object): void;
}

const addressOf = (href: string) => href.split('#')[0] as string;

/** Routers set the title after the address. */
const TITLE_DELAY_MS = 250;

/** Counts a view at once, and with every address that differs in more than its fragment. Returns what ends it. */
export function watchViews(events: PageEvents): () => void {
  const ends: (() => void)[] = [];
  const listen = (target: EventTarget, type: string, act: (event: Event) => void) => {
    target.addEventListener(type, act);
    ends.push(() => target.removeEventListener(type, act));
  };
  const begin = () => {
    const views = new Views(events);
    const moved = () => views.moved();
    if ('navigation' in self) {
      listen(
        (self as unknown as { navigation: EventTarget }).navigation,
        'currententrychange',
        moved,
      );
    } else ends.push(patchHistory(moved));
    listen(self, 'popstate', moved);
    listen(self, 'pageshow', (event) => {
      if ((event as PageTransitionEvent).persisted) views.open();
    });
    listen(document, 'visibilitychange', () => document.hidden && views.tellAttention());
    listen(self, 'pagehide', () => views.tellAttention());
    ends.push(() => views.end());
  };
  whenSeen(begin, listen);
  return () => {
    for (const end of ends.splice(0)) end();
  };
}

/** A prerendered page is no view, nor is one in the background, until it is seen. */
function whenSeen(
  begin: () => void,
  listen: (target: EventTarget, type: string, act: () => void) => void,
): void {
  const { prerendering } = document as Document & { prerendering?: boolean };
  if (!prerendering && !document.hidden) return begin();
  let hasBegun = false;
  const look = () => {
    const isSeen = !document.hidden && !(document as { prerendering?: boolean }).prerendering;
    if (hasBegun || !isSeen) return;
    hasBegun = true;
    begin();
  };
  listen(document, 'prerenderingchange', look);
  listen(document, 'visibilitychange', look);
}

class Views {
  private readonly attention: Attention = watchAttention();
  private address = '';
  private id = '';
  /** The view that waits for its title. */
  private waiting: (() => void) | null = null;

  constructor(private readonly events: PageEvents) {
    this.open();
  }

  moved(): void {
    if (addressOf(location.href) !== this.address) this.open();
  }

  open(): void {
    const before = this.address;
    this.tellAttention();
    this.attention.begin();
    this.address = addressOf(location.href);
    this.id = randomId();
    const view = {
      i: randomId(),
      t: Date.now(),
      u: location.href,
      r: before || undefined,
      g: this.id,
    };
    const tell = () => {
      clearTimeout(timer);
      this.waiting = null;
      this.events.add('page_view', { ...view, h: document.title });
    };
    const timer = setTimeout(tell, TITLE_DELAY_MS);
    this.waiting = tell;
  }

  /** What the view has had of attention since it was told last. */
  tellAttention(): void {
    this.waiting?.();
    if (this.id === '') return;
    const { engagedMs, scrollPercent } = this.attention.take() ?? {};
    if (engagedMs === undefined) return;
    const fields = { u: this.address, g: this.id, d: engagedMs, y: scrollPercent };
    this.events.add('user_engagement', fields);
  }

  end(): void {
    this.tellAttention();
    this.attention.end();
  }
}

/** Browsers without the Navigation API. */
function patchHistory(moved: () => void): () => void {
  const { pushState, replaceState } = history;
  const patched = (native: History['pushState']): History['pushState'] =>
    function patch(this: History, ...args) {
      native.apply(this, args);
      moved();
    };
  history.pushState = patched(pushState);
  history.replaceState = patched(replaceState);
  return () => {
    history.pushState = pushState;
    history.replaceState = replaceState;
  };
}
