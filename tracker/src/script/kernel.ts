import type { Properties, WireBatch, WireEvent } from '../wire.js';
import type { Mode, Settings } from './settings.js';

/** Name of a method, and what it was called with. */
export type Call = [method: string, ...args: unknown[]];
/** A call with the time and the address of the page when it was made. */
export type TimedCall = [call: Call, at?: number, url?: string];
export type Method = (args: unknown[], at?: number, url?: string) => unknown;
/** What a page may say about one event beside its properties. */
export interface TrackOptions {
  readonly value?: number;
  readonly currency?: string;
  /** Kept on disk until the collector has it. */
  readonly important?: boolean;
}

/**
 * What the script is made of. Extensions replace its functions by their own around them: whatever the
 * script does, it does through these. A name that ends with `_` becomes one letter in the build, the same one
 * in every file.
 */
export interface Kernel {
  readonly settings_: Settings;
  readonly endpoint_: URL;
  /** What is waiting to be sent. */
  events_: WireEvent[];
  /** The page view that goes on. */
  view_: WireEvent;
  mode_: Mode;
  /** Known user, for the batches that follow. */
  user_: string | undefined;
  /** What the next batch says about the document. */
  context_: Record<string, unknown> | undefined;
  flags_: number;
  readonly methods_: Record<string, Method>;
  /** Calls of methods that are not there yet. */
  readonly later_: TimedCall[];
  /** A method's name, arguments, time and address; any of them may be left out. */
  call_(call: Call, at?: number, url?: string): unknown;
  make_(name: string, props?: unknown, at?: number, url?: string): WireEvent;
  /** Puts an event into the queue; sent after that many milliseconds at the latest. */
  add_(event: WireEvent, delayMs: number, options?: TrackOptions): void;
  open_(props?: unknown, at?: number, url?: string): void;
  /** Ends a stretch of engagement and reports it if it is worth an event. */
  leave_(): void;
  /** Looks whether the address changed. */
  moved_(): void;
  flush_(hiding?: unknown): void;
  send_(batch: WireBatch, hiding: unknown): void;
  /** Keeps a body for later. */
  store_(body: string): void;
  /** The visitor's part of a batch; refreshes the cookie. */
  visitor_(): Partial<WireBatch> | undefined;
  /** The mode that settings and the browser's signals lead to. */
  decide_(): Mode;
  load_(extension: string): void;
  guard_<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R | undefined;
}

export type { Properties };
