import type { Calendar } from '../calendar.js';
import { REPORTS } from '../reports/catalogue.js';
import type { Texts } from '../texts.js';
import type { LiveRows } from './live-rows.js';

/** Number of a report in the catalogue, by dimension. */
export function reportNumber(dimension: string | null): number {
  return REPORTS.findIndex((report) => report.dimension === dimension);
}

/** The rules by which sessions of one site are made and judged. */
export interface SessionRules {
  readonly calendar: Calendar;
  readonly timeoutMs: number;
  /** A session longer than this is engaged. */
  readonly engagementThresholdMs: number;
}

/** Where the contributions of one visitor's sessions go. */
export interface Target {
  readonly rows: LiveRows;
  readonly texts: Texts;
  /** Of the event at hand. */
  visitorKey: number;
  /** Minutes before this one are too old for realtime and are not written. */
  realtimeFrom: number;
  readonly rules: SessionRules;
}
