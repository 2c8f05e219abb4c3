import {
  type Answer,
  Client,
  type ClientOptions,
  type Clock,
  type Lifecycle,
  noIdentity,
  type Problem,
  type Storage,
  StoredIdentity,
  type Transport,
} from '../../tracker/src/sdk/core.js';

/** A batch as a collector sees it. */
export interface SentBatch {
  readonly s: string;
  readonly c?: string;
  readonly n?: [number, number];
  readonly m?: string;
  readonly k: number;
  readonly t: number;
  readonly x?: Record<string, unknown>;
  readonly e: { i: string; n: string; t: number; p?: Record<string, unknown>; d?: number }[];
}

/** Time that passes when it is told to. */
export class ManualClock implements Clock {
  private time = 1_800_000_000_000;
  private timers: { at: number; act: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.time + ms, act };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  /** Lets time pass, with everything that is due in it. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    await settle();
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((each) => each !== due);
      this.time = Math.max(this.time, due.at);
      due.act();
      await settle();
    }
    this.time = until;
  }
}

/** Lets everything run that waits for no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A collector that answers as it is told, and counts each id once. */
export class FakeCollector implements Transport {
  requests = 0;
  readonly batches: SentBatch[] = [];
  /** In order of their first arrival. */
  readonly accepted = new Map<string, string>();
  answer: (batch: SentBatch) => Answer = () => ({ status: 202 });
  /** Takes the events in although the answer is lost. */
  isAnswerLost = false;

  async send(body: string): Promise<Answer> {
    this.requests += 1;
    const batches = [JSON.parse(body) as SentBatch | SentBatch[]].flat();
    this.batches.push(...batches);
    const answer = this.answer(batches[0] as SentBatch);
    for (const { e } of answer.status === 202 ? batches : []) {
      for (const { i, n } of e) this.accepted.set(i, n);
    }
    return this.isAnswerLost ? { status: 0 } : answer;
  }

  /** Names of the events taken in. */
  get names(): string[] {
    return [...this.accepted.values()];
  }
}

/** A disk: outlives the clients of a test. `delayMs` makes it as slow as a phone's. */
export class FakeStorage implements Storage {
  readonly texts = new Map<string, string>();
  isBroken = false;

  async get(key: string): Promise<string | null> {
    await Promise.resolve();
    if (this.isBroken) throw new Error('broken');
    return this.texts.get(key) ?? null;
  }

  async set(key: string, text: string): Promise<void> {
    await Promise.resolve();
    if (this.isBroken) throw new Error('broken');
    this.texts.set(key, text);
  }

  async remove(key: string): Promise<void> {
    await Promise.resolve();
    this.texts.delete(key);
  }
}

export class FakeLifecycle implements Lifecycle {
  private change: (isForeground: boolean) => void = () => {};

  subscribe(change: (isForeground: boolean) => void): () => void {
    this.change = change;
    return () => {
      this.change = () => {};
    };
  }

  move(isForeground: boolean): void {
    this.change(isForeground);
  }
}

/** A place that clients live in, one after the other. */
export class Place {
  readonly clock = new ManualClock();
  readonly collector = new FakeCollector();
  readonly storage = new FakeStorage();
  readonly lifecycle = new FakeLifecycle();
  readonly problems: Problem[] = [];

  client(options: Partial<ClientOptions> = {}, isStored = true): Client {
    return new Client(
      {
        transport: this.collector,
        storage: isStored ? this.storage : null,
        identity: isStored ? new StoredIdentity(this.storage) : noIdentity,
        clock: this.clock,
        lifecycle: this.lifecycle,
        context: () => ({ z: 'Europe/Berlin' }),
      },
      { site: 'shop', onProblem: (problem) => this.problems.push(problem), ...options },
    );
  }
}
