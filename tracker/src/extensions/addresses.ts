/**
 * What a site says about addresses: parameters that are taken out of them, queries that make no view, pages that are
 * not tracked, and the element that scrolls instead of the page. All of it is done before anything is stored or sent:
 * `api` waits for this extension, and nothing goes before `api` has begun.
 */
import type { Kernel } from '../script/kernel.js';
import type { Addresses } from '../script/settings.js';
import type { WireBatch, WireEvent } from '../wire.js';

export default function addresses(kernel: Kernel): void {
  const said = kernel.settings_.addresses_ ?? {};
  const clean = (address: string | undefined) => address && cleaned(address, said);
  const only = patternOf(said.only);
  const except = patternOf(said.except);
  const isTracked = ({ u }: WireEvent) => {
    const path = pathOf(u);
    return (only === null || only.test(path)) && !except?.test(path);
  };
  /** The same page with another query, where that is none of its own. */
  const isSamePage = ({ n, u, r }: WireEvent) =>
    !!said.ignoreQuery && n === 'page_view' && u !== r && clean(u) === clean(r);
  const depth = said.scroll ? watchDepth(said.scroll) : () => 0;

  const prepare = (batch: WireBatch): WireBatch => ({
    ...batch,
    ...(batch.x && { x: { ...batch.x, r: clean(batch.x['r'] as string | undefined) } }),
    e: batch.e
      .filter((event) => isTracked(event) && !isSamePage(event))
      .map((event) => ({
        ...event,
        u: clean(event.u),
        r: clean(event.r),
        ...(event.n === 'user_engagement' && { y: Math.max(event.y ?? 0, depth()) }),
      })),
  });

  // Whatever other extensions put around it: what is called first prepares the batch, the others pass it on.
  let around = kernel.send_;
  const isPrepared = new WeakSet<WireBatch>();
  const outermost = {
    get send_(): Kernel['send_'] {
      const send = around;
      return (batch, isHiding) => {
        const prepared = isPrepared.has(batch) ? batch : prepare(batch);
        isPrepared.add(prepared);
        if (prepared.e.length > 0) send(prepared, isHiding);
      };
    },
    set send_(send) {
      around = send;
    },
  };
  Object.defineProperties(kernel, Object.getOwnPropertyDescriptors(outermost));
}

/** Without the parameters that are taken out, without its query where that says nothing, without a user's name. */
function cleaned(address: string, { remove = [], ignoreQuery }: Addresses): string {
  try {
    const url = new URL(address);
    const found = remove.filter((name) => url.searchParams.has(name));
    // What is not touched stays letter by letter.
    if (found.length === 0 && !url.username && !url.password && !(ignoreQuery && url.search))
      return address;
    url.username = url.password = '';
    if (ignoreQuery) url.search = '';
    for (const name of found) url.searchParams.delete(name);
    return url.href;
  } catch {
    return address;
  }
}

/** Matches a path as a whole; `*` stands for anything, so that `/admin/*` is everything under it. */
function patternOf(patterns: readonly string[] | undefined): RegExp | null {
  if (!patterns?.length) return null;
  const source = patterns.map((pattern) =>
    pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'),
  );
  return new RegExp(`^(?:${source.join('|')})$`);
}

function pathOf(address: string | undefined): string {
  try {
    return new URL(address ?? '').pathname;
  } catch {
    return '';
  }
}

/** The deepest point seen of an element that scrolls, percent; begins anew each time it is told. */
function watchDepth(selector: string): () => number {
  let deepest = 0;
  const look = (element: Element | null) => {
    if (!element?.matches?.(selector)) return;
    const { scrollTop, clientHeight, scrollHeight } = element;
    deepest = Math.max(deepest, Math.round((100 * (scrollTop + clientHeight)) / scrollHeight));
  };
  addEventListener('scroll', ({ target }) => look(target as Element), {
    capture: true,
    passive: true,
  });
  return () => {
    look(document.querySelector(selector));
    const told = Math.min(100, deepest);
    deepest = 0;
    return told;
  };
}
