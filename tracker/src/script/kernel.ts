import type { Properties, WireBatch, WireEvent } from '../wire.js';
import type { Settings } from './settings.js';

/** Name of a method, and what it was called with. */
export type Call = [method: string, ...args: unknown[]];
/** A call with the time and the address of the page when it was made. */
export type TimedCall = [call: Call, at?: number, url?: string];
export type Method = (...timed: TimedCall) => unknown;

/** What a page may say about one event beside its properties. */
export interface TrackOptions {
  readonly value?: number;
  readonly currency?: string;
  /** Kept on disk until the collector has it: needs the extension `retry`. */
  readonly important?: boolean;
}

/** An event before it is sent, with the options it was tracked with. */
export type QueuedEvent = Omit<WireEvent, '$'> & { $?: TrackOptions | undefined };

/**
 * What the script is made of, for its extensions. They replace its functions by their own around them. It
 * is also the table of methods (`page`, `track`, …) and of what was loaded, by name. A name that ends with
 * `_` is one letter in the build, the same one in every file.
 */
export interface Kernel {
  readonly settings_: Settings;
  /** Calls of methods that are not there yet. */
  readonly queue_: TimedCall[];
  /** Truthy: nothing may be stored or sent yet. Default variant only. */
  held_?: unknown;
  /** Bits of `k`. Default variant only. */
  flags_: number;
  /** The visitor's part of a batch; refreshes the cookie. Default variant only. */
  visitor_(): Partial<WireBatch> | undefined;
  /** Puts an event into the queue; sent after that many milliseconds at the latest. */
  add_(event: QueuedEvent, delayMs?: number): void;
  /** @param isHiding truthy = the page may never run again */
  send_(batch: WireBatch, isHiding: unknown): void;
  /** Sends what waits. */
  flush_(isHiding?: unknown): void;
  page: Method;
  track: Method;
  [method: string]: unknown;
}

export type { Properties };
