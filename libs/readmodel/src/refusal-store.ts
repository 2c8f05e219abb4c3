/**
 * The bounded stream of what was refused, with the reason: counters by site, reason and hour, and the
 * newest samples. Losing it loses no event. Oldest hours are dropped beyond `REFUSAL_HOURS_MAX`.
 */
export abstract class RefusalStore {
  /** Adds counts; cheap and synchronous in memory, written to disk in the background. */
  abstract record(refusal: Refusal): void;
  /** Counts per reason of one site (or of hits for unknown sites: `siteId` as sent) since an instant. */
  abstract list(siteId: string, sinceMs: number): Promise<readonly RefusalCount[]>;
  /** Writes what is still in memory. */
  abstract flush(): Promise<void>;
  abstract close(): Promise<void>;
}

/** One refusal. The sample never holds an address or a user agent. */
export interface Refusal {
  readonly siteId: string;
  readonly code: string;
  readonly count: number;
  readonly at: number;
  /** Message with the offending part, at most 500 characters. */
  readonly sample: string;
}

export interface RefusalCount {
  readonly code: string;
  readonly count: number;
  readonly lastAt: number;
  readonly sample: string;
}

/** A week of hours: long enough to see what a deployment on Friday broke. */
export const REFUSAL_HOURS_MAX = 168;
