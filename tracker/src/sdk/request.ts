import type { SdkEvent } from './event-map.js';
import type { Entry } from './outbox.js';

/** Events of one visitor that go in one batch of a request. */
export type Group = readonly [Entry, ...Entry[]];

export interface RequestOptions {
  readonly site: string;
  readonly now: number;
  /** Bits of `k` beside those of the events. */
  readonly flags: number;
  /** What a batch says about where it comes from; `undefined` = it was said. */
  readonly contextOf: (group: Group) => Record<string, unknown> | undefined;
  /** What events with a time of their own are ahead of the collector's clock, ms. */
  readonly aheadMs: number;
}

/** The batches of a request: one for each visitor and session, in the order of their first event. */
export function groupsOf(entries: readonly Entry[]): Group[] {
  const groups = new Map<string, [Entry, ...Entry[]]>();
  for (const entry of entries) {
    const { c, n, m, k } = entry;
    const key = JSON.stringify([c, n, m, k]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}

/** The body: a batch, or an array of them. */
export function bodyOf(groups: readonly Group[], options: RequestOptions): string {
  const batches = groups.map((group) => {
    const { c, n, m, k, e } = group[0];
    return {
      ...{ v: 1, s: options.site, b: e.i, t: Math.floor(options.now), c, n, m },
      k: k | options.flags,
      x: orNothing(options.contextOf(group)),
      e: group.map((entry) => shifted(entry.e, options.aheadMs)),
    };
  });
  return JSON.stringify(batches.length === 1 ? batches[0] : batches);
}

function orNothing(context: Record<string, unknown> = {}): Record<string, unknown> | undefined {
  return Object.keys(context).length === 0 ? undefined : context;
}

/** Whether an event says what a collector believes only with a token. */
export function needsToken({ e, at }: Entry): boolean {
  const isOld = e.t < at - OLD_MS;
  return e.ua !== undefined || e.ip !== undefined || isOld;
}

/** What a collector takes from anybody is a week old at most; a day is left for what waits. */
const OLD_MS = 6 * 86_400_000;

function shifted(event: SdkEvent, aheadMs: number): SdkEvent {
  return aheadMs === 0 ? event : { ...event, t: event.t - aheadMs };
}
