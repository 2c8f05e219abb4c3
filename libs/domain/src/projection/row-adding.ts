import type { Holding } from '../session/holding.js';
import type { EventCounts } from '../session/session-event.js';
import { addCell, type Slice } from '../session/slice.js';
import type { LiveRow } from './live-row.js';

/** Counts one session of a visitor in, or out. */
export function addVisitor(live: LiveRow, key: number, sign: 1 | -1): void {
  live.noteVisitor(key, sign);
  if (live.month !== null) live.month.noteVisitor(key, sign);
}

/** Adds what a single event did. */
export function addCounts(live: LiveRow, counts: EventCounts): void {
  addCountsTo(live.counters, counts);
  if (live.month !== null) addCountsTo(live.month.counters, counts);
}

function addCountsTo(counters: number[], counts: EventCounts): void {
  (counters[0] as number) += counts.views;
  (counters[1] as number) += 1;
  if (counts.keyEvents !== 0) (counters[2] as number) += counts.keyEvents;
  if (counts.engagedMs !== 0) (counters[3] as number) += counts.engagedMs;
  if (counts.revenue !== 0) (counters[4] as number) += counts.revenue;
}

/** Adds `n` to one counter. */
export function addTo(live: LiveRow, counter: number, n: number): void {
  (live.counters[counter] as number) += n;
  if (live.month !== null) (live.month.counters[counter] as number) += n;
}

/** Counts samples in a cell, or out. */
export function addSamples(live: LiveRow, cell: number, count: number): void {
  addCell(live, cell, count);
  if (live.month !== null) addCell(live.month, cell, count);
}

/** Adds what the rows do not hold yet of a session's day. */
export function addUnheld(live: LiveRow, slice: Slice): void {
  addUnheldTo(live.counters, slice);
  if (live.month !== null) addUnheldTo(live.month.counters, slice);
}

function addUnheldTo(counters: number[], slice: Slice): void {
  (counters[0] as number) += slice.views - slice.heldViews;
  (counters[1] as number) += slice.events - slice.heldEvents;
  (counters[2] as number) += slice.keyEvents - slice.heldKeyEvents;
  (counters[3] as number) += slice.engagedMs - slice.heldEngagedMs;
  (counters[4] as number) += slice.revenue - slice.heldRevenue;
}

/** Adds what the rows hold of a session's day to one more row, or takes it from one (`sign` −1). */
export function addHeld(live: LiveRow, slice: Slice, sign: 1 | -1): void {
  if (slice.heldEvents === 0) return;
  addHeldTo(live.counters, slice, sign);
  if (live.month !== null) addHeldTo(live.month.counters, slice, sign);
}

function addHeldTo(counters: number[], slice: Slice, sign: 1 | -1): void {
  (counters[0] as number) += sign * slice.heldViews;
  (counters[1] as number) += sign * slice.heldEvents;
  (counters[2] as number) += sign * slice.heldKeyEvents;
  (counters[3] as number) += sign * slice.heldEngagedMs;
  (counters[4] as number) += sign * slice.heldRevenue;
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
export function addStanding(live: LiveRow, standing: Standing | Holding, sign: 1 | -1): void {
  addStandingTo(live.counters, standing, sign);
  if (live.month !== null) addStandingTo(live.month.counters, standing, sign);
}

function addStandingTo(counters: number[], standing: Standing | Holding, sign: 1 | -1): void {
  (counters[5] as number) += sign * standing.sessions;
  (counters[6] as number) += sign * standing.engaged;
  (counters[7] as number) += sign * standing.durationMs;
  (counters[8] as number) += sign * standing.isNew;
  (counters[9] as number) += sign * standing.hasKeyEvent;
  (counters[10] as number) += sign * standing.hasView;
  (counters[11] as number) += sign * standing.hasView;
}
