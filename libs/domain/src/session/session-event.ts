import type { Conclusions } from '../classify/conclusions.js';

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
  readonly conclusions: Conclusions;
}

/** What an event itself adds to a row, whatever its session. */
export interface EventCounts {
  readonly views: number;
  readonly events: number;
  readonly keyEvents: number;
  readonly engagedMs: number;
  readonly revenue: number;
  readonly foreignMoney: number;
}

/** The counts of one event. */
export function countsOf(event: SessionEvent): EventCounts {
  return {
    views: event.isView ? 1 : 0,
    events: 1,
    keyEvents: event.conclusions.keyEvents.length > 0 ? 1 : 0,
    engagedMs: event.engagedMs,
    revenue: event.revenue,
    foreignMoney: event.foreignMoney,
  };
}
