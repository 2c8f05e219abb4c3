import type { Changeable } from '#events';
import type { Conclusions } from '../classify/conclusions.js';
import { NO_TEXT, NOT_SET_TEXT } from '../texts.js';

/** One event as sessions and reports see it: conclusions drawn, buckets found, numbers as integers. */
export interface SessionEvent {
  readonly id: string;
  /** Milliseconds since 1970 UTC. */
  readonly occurredAt: number;
  /** The log's own time when the event was folded: newest `receivedAt` of the partition. */
  readonly loggedAt: number;
  readonly isView: boolean;
  /** Whether the client called its session the visitor's first. */
  readonly isFirstSession: boolean;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly engagedMs: number;
  /** Deepest scroll on the page so far; `null` = not told. */
  readonly scrollPercent: number | null;
  /** Integer 1/10,000 of the site's currency. */
  readonly revenue: number;
  /** 1 for money in another currency, which is left out. */
  readonly foreignMoney: number;
  /** 1 for a view, else 0. */
  readonly views: number;
  /** 1 for an event that meets a key event, else 0. */
  readonly keyEvents: number;
  readonly conclusions: Conclusions;
}

const NO_CONCLUSIONS: Conclusions = {
  trafficClass: 'human',
  name: NOT_SET_TEXT,
  page: NOT_SET_TEXT,
  title: NOT_SET_TEXT,
  hostname: NOT_SET_TEXT,
  keyEvents: [],
  acquisition: [],
  place: [],
  device: null,
  language: NO_TEXT,
  screen: NO_TEXT,
  signal: null,
};

/** An event to be filled. */
export function emptyEvent(): Changeable<SessionEvent> {
  return {
    id: '',
    occurredAt: 0,
    loggedAt: 0,
    isView: false,
    isFirstSession: false,
    day: 0,
    hour: 0,
    minute: 0,
    engagedMs: 0,
    scrollPercent: null,
    revenue: 0,
    foreignMoney: 0,
    views: 0,
    keyEvents: 0,
    conclusions: NO_CONCLUSIONS,
  };
}
