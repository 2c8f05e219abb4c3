import { outcomeOf, waitMsAfter } from '../delivery/answer.js';
import { FLAG } from '../wire.js';
import type { Answer, Clock, Context, Transport } from './adapters.js';
import type { Problem } from './event-map.js';
import type { Entry, Outbox } from './outbox.js';
import { bodyOf, type Group, groupsOf, needsToken } from './request.js';

/** What a collector takes in one batch without a token. */
const EVENTS_MAX = 100;
/** Characters of a request: a collector takes 64 KiB, and a character may be three bytes. */
const LENGTH_MAX = 20_000;

export interface DeliveryOptions {
  readonly site: string;
  /** So many events are sent at once, fewer after `flushMs`. */
  readonly flushAt: number;
  readonly flushMs: number;
  readonly onProblem: (problem: Problem) => void;
  readonly context: Context;
}

/** Sends what is in the outbox, in order, one request at a time, less often the longer it fails. */
export class Deliveries {
  private running: Promise<void> | null = null;
  private stopTimer: (() => void) | null = null;
  private eventsMax = EVENTS_MAX;
  private failures = 0;
  /** Before it no attempt makes sense. */
  private notBefore = 0;
  /** Before it the collector does not want one. */
  private notWantedBefore = 0;
  /** The session whose context was told. */
  private told: string | null = null;
  private aheadMs = 0;
  /** Events that were sent again with a time put right. */
  private readonly corrected = new Set<string>();

  constructor(
    private readonly outbox: Outbox,
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly options: DeliveryOptions,
  ) {}

  /** An event was added. */
  poke(): void {
    if (this.outbox.size >= this.options.flushAt) this.schedule(0);
    else this.schedule(this.options.flushMs);
  }

  /** Sends all there is; resolves when it is sent, an attempt fails, or the collector wants none yet. */
  flush(): Promise<void> {
    this.stop();
    const wait = this.notWantedBefore - this.clock.now();
    if (wait > 0) {
      this.stopTimer = this.clock.after(wait, () => void this.flush());
      return Promise.resolve();
    }
    this.running ??= this.drain().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** The network is back, or somebody looks again: what failed before says nothing about now. */
  retry(): void {
    this.failures = 0;
    this.notBefore = 0;
    void this.flush();
  }

  /** Hands everything over without waiting; it stays in the outbox, since nobody tells whether it arrives. */
  flushLast(): void {
    const { outbox, transport } = this;
    if (transport.sendLast === undefined) return void this.flush();
    const entries = outbox.next(EVENTS_MAX, LENGTH_MAX);
    if (entries.length > 0) transport.sendLast(this.bodyOf(groupsOf(entries), FLAG.beacon));
  }

  /** Milliseconds until an attempt makes sense. */
  get waitMs(): number {
    return Math.max(0, Math.max(this.notBefore, this.notWantedBefore) - this.clock.now());
  }

  stop(): void {
    this.stopTimer?.();
    this.stopTimer = null;
  }

  private schedule(ms: number): void {
    if (this.running !== null || (this.stopTimer !== null && ms > 0)) return;
    this.stop();
    this.stopTimer = this.clock.after(Math.max(ms, this.waitMs), () => void this.flush());
  }

  private async drain(): Promise<void> {
    // Everything of one turn goes together.
    await Promise.resolve();
    for (;;) {
      const entries = this.nextEntries();
      if (entries.length === 0) return;
      const groups = groupsOf(entries);
      const withToken = needsToken(entries[0] as Entry);
      const flags = this.failures > 0 ? FLAG.retry : 0;
      const answer = await this.transport.send(this.bodyOf(groups, flags), withToken);
      const outcome = outcomeOf(answer.status);
      if (outcome === 'again') return this.waitAfter(answer);
      this.failures = 0;
      this.notBefore = 0;
      if (outcome === 'split' && entries.length > 1) {
        this.eventsMax = Math.ceil(entries.length / 2);
        continue;
      }
      this.eventsMax = EVENTS_MAX;
      this.settle(groups, answer, outcome === 'done');
    }
  }

  /** The oldest, as far as they go the same way: with a token or without. */
  private nextEntries(): Entry[] {
    const entries = this.outbox.next(this.eventsMax, LENGTH_MAX);
    const first = entries[0];
    if (first === undefined) return [];
    const other = entries.findIndex((entry) => needsToken(entry) !== needsToken(first));
    return other === -1 ? entries : entries.slice(0, other);
  }

  private waitAfter({ retryAfter }: Answer): void {
    this.failures += 1;
    const now = this.clock.now();
    const ms = waitMsAfter(this.failures, retryAfter ?? null);
    this.notBefore = now + ms;
    if (Number(retryAfter) > 0) this.notWantedBefore = now + ms;
    this.stop();
    this.stopTimer = this.clock.after(ms, () => void this.flush());
  }

  /** Takes out what was judged; tells what was refused, but for a clock that is ahead: that is put right once. */
  private settle(groups: readonly Group[], answer: Answer, isDone: boolean): void {
    if (isDone) this.told = sessionOf(groups.at(-1) as Group);
    const refused = refusedOf(answer, groups, isDone);
    const again = new Set<Entry>();
    for (const { entry, code, message } of refused) {
      if (code === 'bad_time' && !this.corrected.has(entry.e.i)) {
        this.corrected.add(entry.e.i);
        again.add(entry);
      } else this.options.onProblem({ code: 'refused', message, eventId: entry.e.i });
    }
    if (again.size > 0) this.aheadMs = aheadOf(answer, this.clock.now());
    const judged = groups.flat().filter((entry) => !again.has(entry));
    for (const { e } of judged) this.corrected.delete(e.i);
    this.outbox.remove(judged);
  }

  private bodyOf(groups: readonly Group[], flags: number): string {
    const { site, context } = this.options;
    return bodyOf(groups, {
      site,
      now: this.clock.now(),
      flags,
      aheadMs: this.aheadMs,
      contextOf: (group) => (this.told === sessionOf(group) ? undefined : context()),
    });
  }
}

function sessionOf([{ c, n }]: Group): string {
  return JSON.stringify([c, n]);
}

interface Refusal {
  readonly entry: Entry;
  readonly code: string;
  readonly message: string;
}

/** What was refused of a request: all of it, or what was told to who asked with a token. */
function refusedOf(answer: Answer, groups: readonly Group[], isDone: boolean): Refusal[] {
  const body = parse(answer.body);
  if (!isDone) {
    const { code = '', message = `the collector answered ${answer.status}` } = body.error ?? {};
    return groups.flat().map((entry) => ({ entry, code, message }));
  }
  return (body.refused ?? []).flatMap(({ batch = 0, event, code, message }) => {
    const group = groups[batch] ?? [];
    const entries = event === undefined ? group : group.slice(event, event + 1);
    return entries.map((entry) => ({ entry, code, message }));
  });
}

interface AnswerBody {
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly refused?: readonly {
    readonly batch?: number;
    readonly event?: number;
    readonly code: string;
    readonly message: string;
  }[];
}

function parse(text: string | undefined): AnswerBody {
  try {
    return (JSON.parse(text || '{}') as AnswerBody | null) ?? {};
  } catch {
    return {};
  }
}

/** What this clock is ahead of the collector's at most: its header has whole seconds. */
function aheadOf({ date }: Answer, now: number): number {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? 1000 : Math.max(1000, now - theirs);
}
