import type { Limit } from './consent-gate.js';

/** What the client needs from the place it runs in. Nothing of it knows of a page, an app or a server. */

type Awaitable<T> = T | Promise<T>;

/** Texts by name that outlive the process. A storage that throws is as good as none. */
export interface Storage {
  get(key: string): Awaitable<string | null | undefined>;
  set(key: string, text: string): Awaitable<unknown>;
  remove(key: string): Awaitable<unknown>;
}

/** What the collector said: an HTTP status, 0 without an answer. */
export interface Answer {
  readonly status: number;
  /** Header `Retry-After`, seconds. */
  readonly retryAfter?: string | null;
  /** With a token it tells which events were refused. */
  readonly body?: string;
  /** Header `Date`. */
  readonly date?: string | null;
}

export interface Transport {
  /**
   * Resolves with status 0 when there is no answer; never rejects.
   *
   * @param withToken the events say what is believed only with a token of role WRITE
   */
  send(body: string, withToken?: boolean): Promise<Answer>;
  /** Hands a body over while the process may end at any moment; nobody learns whether it arrives. */
  sendLast?(body: string): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once; returns what stops it. @param isAwaited the process must not end before it */
  after(ms: number, act: () => void, isAwaited?: boolean): () => void;
}

/** Whether somebody is in front of it. Returns what ends the subscription. */
export interface Lifecycle {
  subscribe(change: (isForeground: boolean) => void): () => void;
}

/** Tells when the network came back. Returns what ends the subscription. */
export interface Connectivity {
  subscribe(online: () => void): () => void;
}

/** Who the events are of. */
export interface Identity {
  /** Reads what is stored, once, before anything is sent. */
  load(): Promise<void>;
  /** The visitor and the session that goes on or begins now; `{}` = nobody is known. */
  touch(nowMs: number): Sender;
  forget(): void;
}

/** What a batch says about its visitor: keys of the wire format. */
export interface Sender {
  readonly c?: string | undefined;
  readonly n?: readonly [startSeconds: number, number: number] | undefined;
}

/** What is said once per start: `sc`, `vp`, `d`, `l`, `z`, `r`, `w` of the wire format. */
export type Context = () => Record<string, unknown>;

export interface Adapters {
  readonly transport: Transport;
  readonly identity: Identity;
  /** `null` = what was not sent is lost with the process. */
  readonly storage: Storage | null;
  readonly clock?: Clock;
  readonly lifecycle?: Lifecycle;
  readonly connectivity?: Connectivity;
  readonly context?: Context;
  /** What may be sent at most, whatever the visitor agrees to. */
  readonly limit?: Limit;
  /** Whether the transport has a token. */
  readonly hasToken?: boolean;
  /** Bits of `k` that say something about the browser. */
  readonly flags?: number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, act, isAwaited = false) {
    const timer = setTimeout(act, ms);
    if (!isAwaited) (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  },
};

/** 96 bits of chance; of the lesser kind where a platform has no other: ids are no secrets. */
export function randomId(): string {
  const words = new Uint32Array(3);
  const { crypto } = globalThis as { crypto?: Pick<Crypto, 'getRandomValues'> };
  if (crypto?.getRandomValues !== undefined) crypto.getRandomValues(words);
  else for (let index = 0; index < 3; index += 1) words[index] = Math.random() * 2 ** 32;
  return words.join('');
}
