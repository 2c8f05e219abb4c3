/**
 * The rows of session dimensions. Which rows a session is in, and its visitor in them, is brought
 * along event by event, so that it depends on nothing but the log; the numbers follow when the session
 * is settled, once for all its events since the last flush.
 */
import { SESSION_DIMENSIONS } from '../dimensions.js';
import { type Holding, holdNothing } from '../session/holding.js';
import type { Session } from '../session/session.js';
import { EXIT_PAGE, entryPageOf, exitPageOf, valuesOf } from '../session/session-values.js';
import type { Slice } from '../session/slice.js';
import { contributeMeetings, settleMeetings } from './event-rows.js';
import type { LiveRow } from './live-row.js';
import type { LiveRows } from './live-rows.js';
import { contributeMinutes } from './minute-rows.js';
import { addHeld, addStanding, addTo, addUnheld, addVisitor, type Standing } from './row-adding.js';
import { reportNumber, type SessionRules, type Target } from './target.js';

const TOTALS = reportNumber(null);
const PAGE = reportNumber('PAGE');
const ENTRIES = 10;
const EXITS = 11;
/** Report number of each session dimension, in the order of a session's values. */
const BY_SESSION = SESSION_DIMENSIONS.map((dimension) => reportNumber(dimension.name));
const DIMENSIONS = BY_SESSION.length;

/** Puts a session and its visitor into the rows of its values; its numbers follow when it is settled. */
export function enter(target: Target, session: Session): Holding {
  const holding = holdNothing(valuesOf(session));
  session.holding = holding;
  for (let index = 0; index < DIMENSIONS; index += 1) {
    for (const slice of session.slices) {
      addVisitor(rowAt(target.rows, holding, index, slice.day), target.visitorKey, 1);
    }
    contributeMinutes(target, session, index, holding.values[index] as string, 1);
  }
  contributeMeetings(target, session, holding, 1);
  touchEntryAndExit(target, session);
  return holding;
}

/** Takes everything back that the rows hold of a session. */
export function leave(target: Target, session: Session, holding: Holding): void {
  takeBackStanding(target.rows, holding);
  contributeMeetings(target, session, holding, -1);
  for (let index = 0; index < DIMENSIONS; index += 1) {
    for (const slice of session.slices) {
      const row = rowAt(target.rows, holding, index, slice.day);
      addHeld(row, slice, -1);
      addVisitor(row, target.visitorKey, -1);
    }
    contributeMinutes(target, session, index, holding.values[index] as string, -1);
  }
  for (const slice of session.slices) slice.release();
  session.holding = null;
}

/** What the rows hold of a session that was loaded: in the store every session is settled. */
export function holdingOf(session: Session, rules: SessionRules): Holding {
  if (session.holding !== null) return session.holding;
  const holding = holdNothing(valuesOf(session));
  const now = standingOf(session, rules);
  Object.assign(holding, now, {
    startDay: rules.calendar.dayBucket(session.startedAt),
    startHour: rules.calendar.hourBucket(session.startedAt),
    entryPage: entryPageOf(session),
    exitPage: exitPageOf(session),
    metEngaged: now.engaged,
    metHasKeyEvent: now.hasKeyEvent,
  });
  session.holding = holding;
  return holding;
}

/** Moves a session whose start moved: what it counts as a whole is settled in the new bucket. */
export function moveStart(target: Target, session: Session, holding: Holding): void {
  const { calendar } = target.rules;
  const isSame =
    holding.sessions === 0 ||
    (holding.startDay === calendar.dayBucket(session.startedAt) &&
      holding.startHour === calendar.hourBucket(session.startedAt));
  if (!isSame) takeBackStanding(target.rows, holding);
}

/** Moves a session to the rows of the values that it has now. */
export function moveValues(
  target: Target,
  session: Session,
  holding: Holding,
  newDay: number,
): void {
  const values = valuesOf(session);
  for (let index = 0; index < DIMENSIONS; index += 1) {
    const value = values[index] as string;
    if (value !== holding.values[index]) moveValue(target, session, holding, index, value, newDay);
    else if (!Number.isNaN(newDay)) {
      addVisitor(rowAt(target.rows, holding, index, newDay), target.visitorKey, 1);
    }
  }
  touchEntryAndExit(target, session);
}

/** The same for the one value that changes with every view. */
export function moveExit(target: Target, session: Session, holding: Holding): void {
  const page = exitPageOf(session);
  moveValue(target, session, holding, EXIT_PAGE, page, Number.NaN);
  touchEntryAndExit(target, session);
}

/** @param newDay the day that the event has just added to the session, else NaN */
function moveValue(
  target: Target,
  session: Session,
  holding: Holding,
  index: number,
  value: string,
  newDay: number,
): void {
  const { rows, visitorKey } = target;
  const report = BY_SESSION[index] as number;
  contributeMinutes(target, session, index, holding.values[index] as string, -1);
  for (const slice of session.slices) {
    const isStart = holding.sessions === 1 && slice.day === holding.startDay;
    if (slice.day !== newDay) {
      const old = rowAt(rows, holding, index, slice.day);
      addHeld(old, slice, -1);
      addVisitor(old, visitorKey, -1);
      if (isStart) addStanding(old, holding, -1);
    }
    const row = rows.at(report, 'day', slice.day, value);
    addHeld(row, slice, 1);
    addVisitor(row, visitorKey, 1);
    if (isStart) addStanding(row, holding, 1);
    if (slice.day === holding.rowsDay) holding.rows[index] = row;
  }
  holding.values[index] = value;
  contributeMinutes(target, session, index, value, 1);
}

/** Brings all numbers of the rows up to what the session is now. */
export function settle(rows: LiveRows, session: Session, rules: SessionRules): void {
  if (!session.isUnsettled) return;
  session.isUnsettled = false;
  const holding = session.holding as Holding;
  const now = standingOf(session, rules);
  if (holding.sessions === 0) {
    holding.startDay = rules.calendar.dayBucket(session.startedAt);
    holding.startHour = rules.calendar.hourBucket(session.startedAt);
  }
  const more = difference(now, holding);
  for (const slice of session.slices) settleSlice(rows, holding, slice, more);
  if (more !== null) {
    addStanding(rows.at(TOTALS, 'hour', holding.startHour, ''), more, 1);
    addStanding(rows.at(TOTALS, 'day', holding.startDay, ''), more, 1);
  }
  settleEntryAndExit(rows, session, holding, now.hasView);
  settleMeetings({ rows }, session, holding, now.engaged, now.hasKeyEvent);
  holding.sessions = 1;
  holding.engaged = now.engaged;
  holding.durationMs = now.durationMs;
  holding.isNew = now.isNew;
  holding.hasKeyEvent = now.hasKeyEvent;
  holding.hasView = now.hasView;
}

function settleSlice(rows: LiveRows, holding: Holding, slice: Slice, more: Standing | null): void {
  const isStart = more !== null && slice.day === holding.startDay;
  const isHeld = slice.events === slice.heldEvents;
  if (isHeld && !isStart) return;
  for (let index = 0; index < DIMENSIONS; index += 1) {
    const row = rowAt(rows, holding, index, slice.day);
    if (!isHeld) addUnheld(row, slice);
    if (isStart) addStanding(row, more, 1);
  }
  slice.hold();
}

/** What a session counts as a whole now. */
function standingOf(session: Session, rules: SessionRules): Standing {
  const durationMs = session.endedAt - session.startedAt;
  const hasKeyEvent = session.keyEvents > 0;
  const isEngaged = durationMs > rules.engagementThresholdMs || session.views >= 2 || hasKeyEvent;
  return {
    sessions: 1,
    engaged: isEngaged ? 1 : 0,
    durationMs,
    isNew: session.isNew ? 1 : 0,
    hasKeyEvent: hasKeyEvent ? 1 : 0,
    hasView: session.views > 0 ? 1 : 0,
  };
}

/** `null` when the rows hold all of it. */
function difference(now: Standing, holding: Holding): Standing | null {
  const more = {
    sessions: now.sessions - holding.sessions,
    engaged: now.engaged - holding.engaged,
    durationMs: now.durationMs - holding.durationMs,
    isNew: now.isNew - holding.isNew,
    hasKeyEvent: now.hasKeyEvent - holding.hasKeyEvent,
    hasView: now.hasView - holding.hasView,
  };
  const isNone =
    more.sessions === 0 &&
    more.engaged === 0 &&
    more.durationMs === 0 &&
    more.isNew === 0 &&
    more.hasKeyEvent === 0 &&
    more.hasView === 0;
  return isNone ? null : more;
}

/** Takes back what the rows count of a session as a whole; it is added again when it is settled. */
function takeBackStanding(rows: LiveRows, holding: Holding): void {
  if (holding.sessions === 0) return;
  for (let index = 0; index < DIMENSIONS; index += 1) {
    addStanding(rowAt(rows, holding, index, holding.startDay), holding, -1);
  }
  addStanding(rows.at(TOTALS, 'hour', holding.startHour, ''), holding, -1);
  addStanding(rows.at(TOTALS, 'day', holding.startDay, ''), holding, -1);
  countEntryAndExit(rows, holding, -1);
  Object.assign(holding, {
    sessions: 0,
    engaged: 0,
    durationMs: 0,
    isNew: 0,
    hasKeyEvent: 0,
    hasView: 0,
  });
}

function settleEntryAndExit(
  rows: LiveRows,
  session: Session,
  holding: Holding,
  hasView: number,
): void {
  const entryPage = entryPageOf(session);
  const exitPage = exitPageOf(session);
  if (
    hasView === holding.hasView &&
    entryPage === holding.entryPage &&
    exitPage === holding.exitPage
  ) {
    return;
  }
  countEntryAndExit(rows, holding, -1);
  holding.hasView = hasView;
  holding.entryPage = entryPage;
  holding.exitPage = exitPage;
  countEntryAndExit(rows, holding, 1);
}

function countEntryAndExit(rows: LiveRows, holding: Holding, sign: 1 | -1): void {
  if (holding.hasView === 0) return;
  addTo(rows.at(PAGE, 'day', holding.startDay, holding.entryPage), ENTRIES, sign);
  addTo(rows.at(PAGE, 'day', holding.startDay, holding.exitPage), EXITS, sign);
}

/**
 * Sees to it that the pages' rows of the day of the start exist as soon as the session needs them.
 * Within one day they do: each page was viewed on it.
 */
function touchEntryAndExit(target: Target, session: Session): void {
  if (session.slices.length === 1 || session.views === 0) return;
  const day = target.rules.calendar.dayBucket(session.startedAt);
  target.rows.at(PAGE, 'day', day, entryPageOf(session));
  target.rows.at(PAGE, 'day', day, exitPageOf(session));
}

/** The row of a session's value on a day; those of one day are kept at hand. */
function rowAt(rows: LiveRows, holding: Holding, index: number, day: number): LiveRow {
  if (holding.rowsDay !== day) {
    holding.rows.fill(null);
    holding.rowsDay = day;
  }
  const known = holding.rows[index] as LiveRow | null;
  if (known !== null && !known.isEvicted) return rows.touch(known);
  const row = rows.at(BY_SESSION[index] as number, 'day', day, holding.values[index] as string);
  holding.rows[index] = row;
  return row;
}
