/** Whose traffic an event is. Everything is counted per class. */
export const TRAFFIC_CLASSES = ['human', 'bot', 'internal'] as const;
export type TrafficClass = (typeof TRAFFIC_CLASSES)[number];

/** Where a session came from; all values final, missing ones already `(not set)` and the like. */
export interface Acquisition {
  readonly channel: string;
  readonly source: string;
  readonly medium: string;
  readonly sourceMedium: string;
  readonly campaign: string;
  readonly term: string;
  readonly content: string;
  readonly referrer: string;
}

/** What a user agent and its hints say; `null` where they say nothing. */
export interface DeviceFacts {
  readonly device: string;
  readonly browser: string | null;
  readonly browserVersion: string | null;
  readonly os: string | null;
  readonly osVersion: string | null;
}

/** Where the visitor is; `null` = this event does not say. */
export interface Place {
  readonly country: string | null;
  readonly region: string | null;
  readonly city: string | null;
}

/** What an event of one of the signals' names says beyond being an event. */
export type Signal =
  /** A value of an event dimension: which one, as its index in `EVENT_DIMENSIONS`. */
  | { readonly kind: 'interaction'; readonly dimension: number; readonly value: string }
  /** A sample of a web vital, as the cell that counts it. */
  | { readonly kind: 'sample'; readonly cell: number };

/** Everything that the pure rules conclude from one event on its own. */
export interface Conclusions {
  readonly trafficClass: TrafficClass;
  readonly page: string;
  readonly title: string;
  readonly hostname: string;
  /** Names of the key events that this event meets; most meet none. */
  readonly keyEvents: readonly string[];
  readonly acquisition: Acquisition;
  readonly place: Place;
  readonly device: DeviceFacts | null;
  readonly language: string | null;
  readonly screen: string | null;
  /** `null` for all but a few names of events. */
  readonly signal: Signal | null;
}

export const NOT_SET = '(not set)';
