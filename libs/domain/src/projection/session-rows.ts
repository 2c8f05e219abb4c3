/**
 * The rows of session dimensions. Which rows a session is in, and its visitor in them, is brought
 * along event by event, so that it depends on nothing but the log; the numbers follow when the session
 * is settled, once for all its events since the last flush.
 */
import { type Holding, holdNothing } from '../session/holding.js';
import type { Session } from '../session/session.js';
import { EXIT_PAGE, entryPageOf, exitPageOf, valuesOf } from '../session/session-values.js';
import type { TextNumber } from '../texts.js';
import { contributeMeetings } from './event-rows.js';
import { contributeMinutes } from './minute-rows.js';
import { addHeld, addStanding } from './row-adding.js';
import { DEVICE, moveSamples } from './sample-rows.js';
import { standingOf, takeBackStanding } from './settle.js';
import { reportNumber, type SessionRules, type Target } from './target.js';
import { BY_SESSION, noteRow, rowAt } from './value-rows.js';

const PAGE = reportNumber('PAGE');
const DIMENSIONS = BY_SESSION.length;

/** Puts a session and its visitor into the rows of its values; its numbers follow when it is settled. */
export function enter(target: Target, session: Session): Holding {
  const { pool } = target.rows;
  const holding = holdNothing(valuesOf(session));
  session.holding = holding;
  for (let index = 0; index < DIMENSIONS; index += 1) {
    for (const slice of session.slices) {
      const row = rowAt(target.rows, holding, index, slice.day);
      pool.addVisitor(row, target.visitorKey, 1);
      if (index === DEVICE) moveSamples(pool, row, slice, 1);
    }
    contributeMinutes(target, session, index, holding.values[index] as TextNumber, 1);
  }
  contributeMeetings(target, session, holding, 1);
  touchEntryAndExit(target, session);
  return holding;
}

/** Takes everything back that the rows hold of a session. */
export function leave(target: Target, session: Session, holding: Holding): void {
  const { pool } = target.rows;
  takeBackStanding(target.rows, holding);
  contributeMeetings(target, session, holding, -1);
  for (let index = 0; index < DIMENSIONS; index += 1) {
    for (const slice of session.slices) {
      const row = rowAt(target.rows, holding, index, slice.day);
      addHeld(pool, row, slice, -1);
      pool.addVisitor(row, target.visitorKey, -1);
      if (index === DEVICE) moveSamples(pool, row, slice, -1);
    }
    contributeMinutes(target, session, index, holding.values[index] as TextNumber, -1);
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
  const { rows } = target;
  const values = valuesOf(session);
  for (let index = 0; index < DIMENSIONS; index += 1) {
    const value = values[index] as TextNumber;
    if (value !== holding.values[index]) moveValue(target, session, holding, index, value, newDay);
    else if (!Number.isNaN(newDay)) {
      rows.pool.addVisitor(rowAt(rows, holding, index, newDay), target.visitorKey, 1);
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
  value: TextNumber,
  newDay: number,
): void {
  const { rows, visitorKey } = target;
  const { pool } = rows;
  const report = BY_SESSION[index] as number;
  contributeMinutes(target, session, index, holding.values[index] as TextNumber, -1);
  for (const slice of session.slices) {
    const isStart = holding.sessions === 1 && slice.day === holding.startDay;
    if (slice.day !== newDay) {
      const old = rowAt(rows, holding, index, slice.day);
      addHeld(pool, old, slice, -1);
      pool.addVisitor(old, visitorKey, -1);
      if (index === DEVICE) moveSamples(pool, old, slice, -1);
      if (isStart) addStanding(pool, old, holding, -1);
    }
    const row = rows.at(report, 'day', slice.day, value);
    noteRow(holding, index, slice.day, row, pool.era);
    addHeld(pool, row, slice, 1);
    pool.addVisitor(row, visitorKey, 1);
    if (index === DEVICE) moveSamples(pool, row, slice, 1);
    if (isStart) addStanding(pool, row, holding, 1);
  }
  holding.values[index] = value;
  contributeMinutes(target, session, index, value, 1);
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
