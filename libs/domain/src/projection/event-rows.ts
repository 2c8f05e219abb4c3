import { EVENT_DIMENSIONS } from '../dimensions.js';
import type { FirstValues, Meeting } from '../session/first-values.js';
import type { Holding } from '../session/holding.js';
import { metOf, type Session } from '../session/session.js';
import { countsOf, type EventCounts, type SessionEvent } from '../session/session-event.js';
import type { Slice } from '../session/slice.js';
import { EMPTY_TEXT, OTHER_TEXT, type TextNumber } from '../texts.js';
import type { RowNumber } from './live-bucket.js';
import type { LiveRows } from './live-rows.js';
import { addCounts } from './row-adding.js';
import type { RowPool } from './row-pool.js';
import { addSample, addScroll, raiseScroll } from './sample-rows.js';
import { reportNumber, type Target } from './target.js';

const TOTALS = reportNumber(null);
const BY_EVENT = EVENT_DIMENSIONS.map((dimension) => reportNumber(dimension.name));

/**
 * Adds what an event does by itself, to the totals and to the rows of its own values, and counts its
 * session in with the values it had not met before.
 *
 * @param slice the session's part of the event's day, the event included
 */
export function addEvent(
  target: Target,
  session: Session,
  slice: Slice,
  holding: Holding,
  event: SessionEvent,
): void {
  const { conclusions } = event;
  const counts = countsOf(event);
  addTotals(target, session, slice, event, counts);
  addValue(target, session, holding, 0, conclusions.page, event, counts);
  addValue(target, session, holding, 1, conclusions.title, event, counts);
  addValue(target, session, holding, 2, conclusions.hostname, event, counts);
  addValue(target, session, holding, 3, conclusions.name, event, counts);
  for (const name of conclusions.keyEvents) {
    addValue(target, session, holding, 4, name, event, counts);
  }
  if (event.scrollPercent !== null) raiseScroll(target, session, event);
  const { signal } = conclusions;
  if (signal === null) return;
  if (signal.kind === 'sample') addSample(target, slice, holding, event, signal.cell);
  else {
    const value = target.texts.numberOf(signal.value);
    addValue(target, session, holding, signal.dimension, value, event, counts);
  }
}

/** A visitor is counted once per session in a day or hour: more often would change nothing. */
function addTotals(
  target: Target,
  session: Session,
  slice: Slice,
  event: SessionEvent,
  counts: EventCounts,
): void {
  const { rows, visitorKey } = target;
  const { pool } = rows;
  const day = rows.at(TOTALS, 'day', event.day, EMPTY_TEXT);
  addCounts(pool, day, counts);
  if (slice.events === 1) pool.addVisitor(day, visitorKey, 1);
  const hour = rows.at(TOTALS, 'hour', event.hour, EMPTY_TEXT);
  addCounts(pool, hour, counts);
  if (session.countedHour !== event.hour) {
    session.countedHour = event.hour;
    pool.addVisitor(hour, visitorKey, 1);
  }
  if (counts.foreignMoney === 0) return;
  pool.addTo(day, 12, counts.foreignMoney);
  pool.addTo(hour, 12, counts.foreignMoney);
}

function addValue(
  target: Target,
  session: Session,
  holding: Holding,
  dimension: number,
  value: TextNumber,
  event: SessionEvent,
  counts: EventCounts,
): void {
  const { rows } = target;
  const report = BY_EVENT[dimension] as number;
  const list = metOf(session, dimension);
  const met = list.find(value);
  const row = rows.at(report, 'day', event.day, value);
  addCounts(rows.pool, row, counts);
  // A page called "(other)" is not told from the values that were too many: it goes the long way.
  if (met !== null && met.day === event.day && value !== OTHER_TEXT) {
    if (event.occurredAt < met.at) met.at = event.occurredAt;
    return;
  }
  rows.pool.addVisitor(row, target.visitorKey, 1);
  const admitted = met === null ? list.admitted(value) : value;
  const place = admitted === value ? row : rows.at(report, 'day', event.day, admitted);
  meet(target, list, holding, report, admitted, event, place);
}

/** The session counts once with each value, in the bucket of the first event that had it. */
function meet(
  target: Target,
  list: FirstValues,
  holding: Holding,
  report: number,
  value: TextNumber,
  event: SessionEvent,
  row: RowNumber,
): void {
  const { pool } = target.rows;
  const met = list.find(value);
  if (met === null) {
    list.add(value, event.occurredAt, event.day);
    return addMeeting(pool, row, holding, 1);
  }
  if (met.at <= event.occurredAt) return;
  if (met.day !== event.day) {
    const before = target.rows.at(report, 'day', met.day, value);
    addMeeting(pool, before, holding, -1);
    addScroll(pool, before, met, -1);
    addMeeting(pool, row, holding, 1);
    addScroll(pool, row, met, 1);
    met.day = event.day;
  }
  met.at = event.occurredAt;
}

function addMeeting(pool: RowPool, row: RowNumber, holding: Holding, sign: 1 | -1): void {
  pool.addTo(row, 5, sign);
  if (holding.metEngaged !== 0) pool.addTo(row, 6, sign);
  if (holding.metHasKeyEvent !== 0) pool.addTo(row, 9, sign);
}

/** Adds or takes back all meetings of a session, with what the rows hold of it. */
export function contributeMeetings(
  target: Target,
  session: Session,
  holding: Holding,
  sign: 1 | -1,
): void {
  forEachMeeting(target.rows, session, (row, met) => {
    addMeeting(target.rows.pool, row, holding, sign);
    addScroll(target.rows.pool, row, met, sign);
  });
}

/** Brings the rows of the values that a session has met up to what it is now. */
export function settleMeetings(
  rows: LiveRows,
  session: Session,
  holding: Holding,
  engaged: number,
  hasKeyEvent: number,
): void {
  const engagedMore = engaged - holding.metEngaged;
  const keyEventMore = hasKeyEvent - holding.metHasKeyEvent;
  if (engagedMore === 0 && keyEventMore === 0) return;
  holding.metEngaged = engaged;
  holding.metHasKeyEvent = hasKeyEvent;
  forEachMeeting(rows, session, (row) => {
    if (engagedMore !== 0) rows.pool.addTo(row, 6, engagedMore);
    if (keyEventMore !== 0) rows.pool.addTo(row, 9, keyEventMore);
  });
}

function forEachMeeting(
  rows: LiveRows,
  session: Session,
  visit: (row: RowNumber, met: Meeting) => void,
): void {
  for (let dimension = 0; dimension < session.met.length; dimension += 1) {
    let met = (session.met[dimension] as FirstValues).newest;
    for (; met !== null; met = met.next) {
      visit(rows.at(BY_EVENT[dimension] as number, 'day', met.day, met.value), met);
    }
  }
}
