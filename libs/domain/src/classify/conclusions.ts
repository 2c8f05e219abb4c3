import type { TextNumber } from '../texts.js';

export { NOT_SET } from '../texts.js';

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

/** What an event of one of the signals' names says beyond being an event. */
export type Signal =
  /** A value of an event dimension: which one, as its index in `EVENT_DIMENSIONS`. */
  | { readonly kind: 'interaction'; readonly dimension: number; readonly value: string }
  /** A sample of a web vital, as the cell that counts it. */
  | { readonly kind: 'sample'; readonly cell: number };

/** Parts of an `Acquisition`, in the order of `SESSION_DIMENSIONS`. */
export const ACQUISITION_PARTS = [
  'channel',
  'source',
  'medium',
  'sourceMedium',
  'campaign',
  'term',
  'content',
  'referrer',
] as const satisfies readonly (keyof Acquisition)[];
/** Parts of `DeviceFacts`, in the order of `SESSION_DIMENSIONS`. */
export const DEVICE_PARTS = [
  'device',
  'browser',
  'browserVersion',
  'os',
  'osVersion',
] as const satisfies readonly (keyof DeviceFacts)[];

/** Everything that the pure rules conclude from one event on its own; texts by their numbers. */
export interface Conclusions {
  readonly trafficClass: TrafficClass;
  readonly name: TextNumber;
  readonly page: TextNumber;
  readonly title: TextNumber;
  readonly hostname: TextNumber;
  /** Names of the key events that this event meets; most meet none. */
  readonly keyEvents: readonly TextNumber[];
  /** One number for each of `ACQUISITION_PARTS`. */
  readonly acquisition: readonly TextNumber[];
  /** Country, region and city, each perhaps `NO_TEXT`. */
  readonly place: readonly TextNumber[];
  /** One number for each of `DEVICE_PARTS`. */
  readonly device: readonly TextNumber[] | null;
  readonly language: TextNumber;
  readonly screen: TextNumber;
  /** `null` for all but a few names of events. */
  readonly signal: Signal | null;
}
