import { describe } from '../report/describe-error.js';
import { FLAG, type Properties } from '../wire.js';
import { type Adapters, type Clock, randomId, type Sender, systemClock } from './adapters.js';
import { check, checkOptions } from './check.js';
import type { ClientOptions } from './client-options.js';
import { ConsentGate } from './consent-gate.js';
import { Deliveries } from './deliveries.js';
import type { BeforeSend, Problem, SdkEvent, TrackOptions } from './event-map.js';
import { Outbox } from './outbox.js';

const DAY_MS = 86_400_000;
/** Milliseconds that `shutdown` gives to what is not sent yet. */
const SHUTDOWN_MS = 10_000;

/** What was left when a client was shut down. */
export interface Rest {
  /** Events that were not acknowledged in time; they are in the storage, if there is one. */
  readonly unsent: number;
}

/** Takes events, keeps them and has them sent: what all kinds of events have in common. */
export class EventStream {
  /** Resolves when what an earlier process left has been taken up. */
  readonly ready: Promise<void>;
  private readonly clock: Clock;
  private readonly outbox: Outbox;
  private readonly deliveries: Deliveries;
  private readonly gate: ConsentGate;
  private readonly hooks: BeforeSend[] = [];
  private readonly ends: (() => void)[] = [];
  private always: Properties = {};
  protected user: string | undefined;
  private sender: Sender = {};
  private isReady = false;
  private isClosed = false;
  /** Calls made before the storage was read. */
  private early: (() => void)[] = [];

  constructor(
    private readonly adapters: Adapters,
    private readonly options: ClientOptions,
  ) {
    const { flushAt = 20, flushMs = 10_000 } = options;
    checkOptions(options);
    this.clock = adapters.clock ?? systemClock;
    this.outbox = new Outbox(
      options.site,
      adapters.storage,
      this.clock,
      {
        events: options.eventsMax ?? 1000,
        length: options.lengthMax ?? 1_000_000,
        ageMs: options.ageMaxMs ?? 7 * DAY_MS,
      },
      (dropped) => {
        for (const { e } of dropped) this.tell('dropped', 'there was no room for it', e.i);
      },
    );
    this.deliveries = new Deliveries(this.outbox, adapters.transport, this.clock, {
      site: options.site,
      flushAt,
      flushMs,
      context: adapters.context ?? (() => ({})),
      onProblem: (problem) => this.tell(problem.code, problem.message, problem.eventId),
    });
    const { consent = 'granted', denied = 'off' } = options;
    this.gate = new ConsentGate(consent, denied, adapters.limit ?? 'granted');
    this.ready = this.begin();
  }

  /** Properties of every event from here. */
  set(properties: Properties): void {
    this.always = { ...this.always, ...properties };
  }

  /** Forgets user, properties and visitor. */
  reset(): void {
    this.user = undefined;
    this.always = {};
    this.adapters.identity.forget();
    this.sender = {};
  }

  /** Events are held until it is decided; a refusal deletes what was stored. */
  consent(state: 'granted' | 'denied'): void {
    this.whenReady(() => {
      if (state === 'denied') this.forget();
      this.gate.decide(state);
      if (this.outbox.size > 0) this.deliveries.poke();
    });
  }

  beforeSend(hook: BeforeSend): void {
    this.hooks.push(hook);
  }

  /** An event in the keys of the wire format, as `track` makes them. */
  add(name: string, fields: Partial<SdkEvent>, options: TrackOptions = {}): void {
    if (this.isClosed) return this.tell('dropped', `“${name}” came after the shutdown`);
    const wrong = check(name, fields.p, options, this.adapters.hasToken === true);
    if (wrong !== null) return this.tell('bad_event', wrong);
    const { value, currency } = options;
    const isAutomatic = name === 'user_engagement';
    const event: SdkEvent = {
      i: randomId(),
      n: name,
      t: Math.floor(options.at ?? this.clock.now()),
      u: options.url,
      h: options.title,
      ua: options.userAgent,
      ip: options.address,
      $: value === undefined || currency === undefined ? undefined : { value, currency },
      ...fields,
      p: isAutomatic ? fields.p : { ...this.always, ...fields.p },
    };
    if (this.hooks.some((hook) => !this.passes(hook, event))) return;
    const { visitorId, userId = this.user } = options;
    this.whenReady(() => this.gate.pass((mode) => this.put(event, mode, visitorId, userId)));
  }

  getId(): string | undefined {
    return this.sender.c;
  }

  /** Start of the session, seconds since 1970. */
  getSessionId(): number | undefined {
    return this.sender.n?.[0];
  }

  /** Sends what waits; resolves when it was sent, or an attempt failed. */
  async flush(): Promise<void> {
    await this.ready;
    if (!this.gate.isWaiting) await this.deliveries.flush();
  }

  /** Hands over what waits because the process may end; it is kept as well. */
  flushLast(): void {
    this.deliveries.flushLast();
    void this.outbox.write();
  }

  /** Sends until nothing waits or the time is over, whatever hangs. Later events are dropped. */
  async shutdown(timeoutMs = SHUTDOWN_MS): Promise<Rest> {
    this.isClosed = true;
    for (const end of this.ends.splice(0)) end();
    let isOver = false;
    let stop = () => {};
    const over = new Promise<void>((resolve) => {
      const end = () => {
        isOver = true;
        resolve();
      };
      stop = this.clock.after(timeoutMs, end, true);
    });
    await Promise.race([this.sendRest(() => isOver), over]);
    stop();
    this.deliveries.stop();
    void this.outbox.write();
    return { unsent: this.outbox.size + this.early.length + this.gate.heldCount };
  }

  private async sendRest(isOver: () => boolean): Promise<void> {
    await this.ready;
    while (!isOver()) {
      await this.flush();
      if (this.outbox.size === 0) break;
      const { waitMs } = this.deliveries;
      await new Promise<void>((resolve) => this.clock.after(waitMs, resolve));
    }
    await this.outbox.write();
  }

  private async begin(): Promise<void> {
    const { identity, lifecycle, connectivity } = this.adapters;
    await identity.load();
    await this.outbox.load().catch(() => {});
    // It was taken with ids, which are not allowed any more.
    if (!this.gate.isOpen && !this.gate.isWaiting) this.outbox.clear();
    const hasLeft = this.outbox.size > 0;
    this.isReady = true;
    for (const call of this.early.splice(0)) call();
    const change = (isForeground: boolean) => {
      if (this.gate.isWaiting) return;
      if (isForeground) this.deliveries.retry();
      else this.flushLast();
    };
    if (lifecycle !== undefined) this.ends.push(lifecycle.subscribe(change));
    if (connectivity !== undefined) {
      this.ends.push(connectivity.subscribe(() => change(true)));
    }
    if (hasLeft && !this.gate.isWaiting) this.deliveries.retry();
  }

  /** From here on nothing is taken, kept or sent. */
  protected end(): void {
    this.gate.close();
    this.whenReady(() => this.forget());
  }

  private forget(): void {
    this.outbox.clear();
    this.adapters.identity.forget();
    this.sender = {};
  }

  private whenReady(act: () => void): void {
    if (this.isReady) act();
    else this.early.push(act);
  }

  private put(
    event: SdkEvent,
    mode: 'granted' | 'cookieless',
    visitorId: string | undefined,
    userId: string | undefined,
  ): void {
    const isKnown = mode === 'granted';
    const at = this.clock.now();
    if (isKnown && visitorId === undefined) this.sender = this.adapters.identity.touch(at);
    const sender = visitorId === undefined ? this.sender : { c: visitorId };
    const entry = {
      ...(isKnown ? { ...sender, m: userId } : {}),
      k: (isKnown ? FLAG.consented : FLAG.cookieless) | (this.adapters.flags ?? 0),
      at,
      e: event,
    };
    this.outbox.add(entry, isKnown);
    this.deliveries.poke();
  }

  private passes(hook: BeforeSend, event: SdkEvent): boolean {
    try {
      const changed = hook(event);
      if (changed === false || changed === null) return false;
      if (changed) Object.assign(event, changed);
    } catch (error) {
      this.tell('hook_failed', `beforeSend: ${describe(error)}`, event.i);
    }
    return true;
  }

  private tell(code: Problem['code'], message: string, eventId?: string): void {
    try {
      this.options.onProblem?.({ code, message, eventId });
    } catch {
      // The application's own fault is not passed through its calls of us.
    }
  }
}
