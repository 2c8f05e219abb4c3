import type { Holding } from '../session/holding.js';
import type { SessionEvent } from '../session/session-event.js';
import type { Slice } from '../session/slice.js';
import type { RowNumber } from './live-bucket.js';
import type { RowPool } from './row-pool.js';

/** Adds what a single event did. */
export function addCounts(pool: RowPool, row: RowNumber, event: SessionEvent): void {
  pool.addCounts(row, event.views, 1, event.keyEvents, event.engagedMs, event.revenue);
}

/** Adds what the rows do not hold yet of a session's day. */
export function addUnheld(pool: RowPool, row: RowNumber, slice: Slice): void {
  pool.addCounts(
    row,
    slice.views - slice.heldViews,
    slice.events - slice.heldEvents,
    slice.keyEvents - slice.heldKeyEvents,
    slice.engagedMs - slice.heldEngagedMs,
    slice.revenue - slice.heldRevenue,
  );
}

/** Adds what the rows hold of a session's day to one more row, or takes it from one (`sign` −1). */
export function addHeld(pool: RowPool, row: RowNumber, slice: Slice, sign: 1 | -1): void {
  if (slice.heldEvents === 0) return;
  pool.addCounts(
    row,
    sign * slice.heldViews,
    sign * slice.heldEvents,
    sign * slice.heldKeyEvents,
    sign * slice.heldEngagedMs,
    sign * slice.heldRevenue,
  );
}

/** What a session as a whole adds to the rows of its values, in the bucket of its start. */
export interface Standing {
  sessions: number;
  engaged: number;
  durationMs: number;
  isNew: number;
  hasKeyEvent: number;
  hasView: number;
}

/** Adds numbers of a session as a whole; `sign` −1 takes them back. */
export function addStanding(
  pool: RowPool,
  row: RowNumber,
  standing: Standing | Holding,
  sign: 1 | -1,
): void {
  const { engaged, isNew, hasKeyEvent, hasView } = standing;
  pool.addTo(row, 5, sign * standing.sessions);
  if (engaged !== 0) pool.addTo(row, 6, sign * engaged);
  pool.addTo(row, 7, sign * standing.durationMs);
  if (isNew !== 0) pool.addTo(row, 8, sign * isNew);
  if (hasKeyEvent !== 0) pool.addTo(row, 9, sign * hasKeyEvent);
  if (hasView === 0) return;
  pool.addTo(row, 10, sign * hasView);
  pool.addTo(row, 11, sign * hasView);
}
