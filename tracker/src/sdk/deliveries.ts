import { outcomeOf, waitMsAfter } from '../delivery/answer.js';
import { FLAG } from '../wire.js';
import type { Answer, Clock, Context, Transport } from './adapters.js';
import type { Problem } from './event-map.js';
import type { Entry, Outbox } from './outbox.js';

/** What a collector takes in one batch without a token. */
const BATCH_EVENTS_MAX = 100;
/** Characters of a batch: a collector takes 64 KiB, and a character may be three bytes. */
const BATCH_LENGTH_MAX = 20_000;

export interface DeliveryOptions {
  readonly site: string;
  /** So many events are sent at once, fewer after `flushMs`. */
  readonly flushAt: number;
  readonly flushMs: number;
  readonly onProblem: (problem: Problem) => void;
  readonly context: Context;
}

/** Sends what is in the outbox, in order, one batch at a time, less often the longer it fails. */
export class Deliveries {
  private running: Promise<void> | null = null;
  private stopTimer: (() => void) | null = null;
  private eventsMax = BATCH_EVENTS_MAX;
  private failures = 0;
  private notBefore = 0;
  private isContextSent = false;

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

  /** Sends all there is; resolves when it is sent, or the first attempt fails. */
  flush(): Promise<void> {
    this.stop();
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
    const batch = outbox.next(BATCH_EVENTS_MAX, BATCH_LENGTH_MAX);
    if (batch.length > 0) transport.sendLast(this.bodyOf(batch, FLAG.beacon));
  }

  /** Milliseconds until an attempt makes sense. */
  get waitMs(): number {
    return Math.max(0, this.notBefore - this.clock.now());
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
      const batch = this.outbox.next(this.eventsMax, BATCH_LENGTH_MAX);
      if (batch.length === 0) return;
      const answer = await this.transport.send(
        this.bodyOf(batch, this.failures > 0 ? FLAG.retry : 0),
      );
      const outcome = outcomeOf(answer.status);
      if (outcome === 'again') {
        this.failures += 1;
        const ms = waitMsAfter(this.failures, answer.retryAfter ?? null);
        this.notBefore = this.clock.now() + ms;
        this.stop();
        this.stopTimer = this.clock.after(ms, () => void this.flush());
        return;
      }
      this.failures = 0;
      this.notBefore = 0;
      if (outcome === 'split' && batch.length > 1) {
        this.eventsMax = Math.ceil(batch.length / 2);
        continue;
      }
      this.eventsMax = BATCH_EVENTS_MAX;
      this.isContextSent ||= outcome === 'done';
      this.outbox.remove(batch);
      this.tellRefused(batch, answer, outcome === 'done');
    }
  }

  private bodyOf(batch: readonly Entry[], flags: number): string {
    const { c, n, m, k, e } = batch[0] as Entry;
    return JSON.stringify({
      v: 1,
      s: this.options.site,
      b: e.i,
      t: Math.floor(this.clock.now()),
      c,
      n,
      m,
      k: k | flags,
      x: this.isContextSent ? undefined : this.options.context(),
      e: batch.map((entry) => entry.e),
    });
  }

  private tellRefused(batch: readonly Entry[], answer: Answer, isDone: boolean): void {
    const { onProblem } = this.options;
    if (!isDone) {
      const why = messageOf(answer) ?? `the collector answered ${answer.status}`;
      for (const { e } of batch) onProblem({ code: 'refused', message: why, eventId: e.i });
      return;
    }
    for (const { event, message } of refusedOf(answer)) {
      onProblem({ code: 'refused', message, eventId: batch[event]?.e.i });
    }
  }
}

function messageOf({ body }: Answer): string | undefined {
  return (parse(body) as { error?: { message?: string } } | null)?.error?.message;
}

/** Which events of a batch were refused: told to those who asked with a token. */
function refusedOf({ body }: Answer): readonly { event: number; message: string }[] {
  return (parse(body) as { refused?: { event: number; message: string }[] } | null)?.refused ?? [];
}

function parse(text: string | undefined): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
