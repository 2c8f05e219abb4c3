import type { Properties, WireEvent } from '../wire.js';

/** Events of a site by name, with the properties of each; `undefined` = it has none. */
export type EventMap<Events> = {
  [Name in keyof Events]:
    | { [Key in keyof Events[Name]]: string | number | boolean | undefined }
    | undefined;
};

/** A site that has not said which events it has. */
export type AnyEvents = Record<string, Properties | undefined>;

/** What can be said about one event beside its properties. */
export interface TrackOptions {
  /** Money; negative = refund. */
  readonly value?: number;
  /** ISO 4217, with `value`. */
  readonly currency?: string;
  /** When it happened, milliseconds since 1970; now unless told. */
  readonly at?: number;
  readonly url?: string;
  readonly title?: string;
  /** Whose event it is, where one process speaks for many visitors: 1 to 64 letters, digits, `_`, `-`. */
  readonly visitorId?: string;
  readonly userId?: string;
  /** The visitor's own, instead of this process's: only with a token of role WRITE. */
  readonly userAgent?: string;
  readonly address?: string;
}

/** Properties are left out only where an event may have none. */
export type TrackArguments<P> = undefined extends P
  ? [properties?: P, options?: TrackOptions]
  : Record<never, never> extends P
    ? [properties?: P, options?: TrackOptions]
    : [properties: P, options?: TrackOptions];

/** An event that may carry a visitor's own user agent and address. */
export interface SdkEvent extends WireEvent {
  ua?: string | undefined;
  ip?: string | undefined;
}

/** Changes an event before it is sent, or drops it by `false` or `null`. */
export type BeforeSend = (event: SdkEvent) => SdkEvent | false | null | undefined;

/** What went wrong, in words: an event that was refused, or dropped for want of room. */
export interface Problem {
  readonly code: 'refused' | 'dropped' | 'bad_event' | 'hook_failed';
  readonly message: string;
  readonly eventId?: string | undefined;
}
