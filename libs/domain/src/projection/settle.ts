/** Numbers of the session dimensions, the totals and the pages' entries and exits follow here. */
import { SESSION_DIMENSIONS } from '../dimensions.js';
import type { Holding } from '../session/holding.js';
import type { Session } from '../session/session.js';
import { entryPageOf, exitPageOf } from '../session/session-values.js';
import type { Slice } from '../session/slice.js';
import { EMPTY_TEXT } from '../texts.js';
import { settleMeetings } from './event-rows.js';
import type { LiveRows } from './live-rows.js';
import { addStanding, addUnheld, type Standing } from './row-adding.js';
import { reportNumber, type SessionRules } from './target.js';
import { rowAt } from './value-rows.js';

const TOTALS = reportNumber(null);
const PAGE = reportNumber('PAGE');
const ENTRIES = 10;
const EXITS = 11;
const DIMENSIONS = SESSION_DIMENSIONS.length;

/** Brings all numbers of the rows up to what the session is now. */
export function settle(rows: LiveRows, session: Session, rules: SessionRules): void {
  if (!session.isUnsettled) return;
  session.isUnsettled = false;
  const { pool } = rows;
  const holding = session.holding as Holding;
  const now = standingOf(session, rules);
  if (holding.sessions === 0) {
    holding.startDay = rules.calendar.dayBucket(session.startedAt);
    holding.startHour = rules.calendar.hourBucket(session.startedAt);
  }
  const more = difference(now, holding);
  for (const slice of session.slices) settleSlice(rows, holding, slice, more);
  if (more !== null) {
    addStanding(pool, rows.at(TOTALS, 'hour', holding.startHour, EMPTY_TEXT), more, 1);
    addStanding(pool, rows.at(TOTALS, 'day', holding.startDay, EMPTY_TEXT), more, 1);
  }
  settleEntryAndExit(rows, session, holding, now.hasView);
  settleMeetings(rows, session, holding, now.engaged, now.hasKeyEvent);
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
  const { pool } = rows;
  for (let index = 0; index < DIMENSIONS; index += 1) {
    const row = rowAt(rows, holding, index, slice.day);
    if (!isHeld) addUnheld(pool, row, slice);
    if (isStart) addStanding(pool, row, more, 1);
  }
  slice.hold();
}

/** What a session counts as a whole now. */
export function standingOf(session: Session, rules: SessionRules): Standing {
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
export function takeBackStanding(rows: LiveRows, holding: Holding): void {
  if (holding.sessions === 0) return;
  const { pool } = rows;
  for (let index = 0; index < DIMENSIONS; index += 1) {
    addStanding(pool, rowAt(rows, holding, index, holding.startDay), holding, -1);
  }
  addStanding(pool, rows.at(TOTALS, 'hour', holding.startHour, EMPTY_TEXT), holding, -1);
  addStanding(pool, rows.at(TOTALS, 'day', holding.startDay, EMPTY_TEXT), holding, -1);
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
  rows.pool.addTo(rows.at(PAGE, 'day', holding.startDay, holding.entryPage), ENTRIES, sign);
  rows.pool.addTo(rows.at(PAGE, 'day', holding.startDay, holding.exitPage), EXITS, sign);
}
