import { EVENT_DIMENSIONS } from '../dimensions.js';
import type { Holding } from '../session/holding.js';
import { type Meeting, Meetings, NO_MEETING } from '../session/meetings.js';
import type { Session } from '../session/session.js';
import type { SessionEvent } from '../session/session-event.js';
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
  addTotals(target, session, slice, event);
  addValue(target, session, holding, 0, conclusions.page, event);
  addValue(target, session, holding, 1, conclusions.title, event);
  addValue(target, session, holding, 2, conclusions.hostname, event);
  addValue(target, session, holding, 3, conclusions.name, event);
  for (const name of conclusions.keyEvents) {
    addValue(target, session, holding, 4, name, event);
  }
  if (event.scrollPercent !== null) raiseScroll(target, session, event);
  const { signal } = conclusions;
  if (signal === null) return;
  if (signal.kind === 'sample') addSample(target, slice, holding, event, signal.cell);
  else {
    const value = target.texts.numberOf(signal.value);
    addValue(target, session, holding, signal.dimension, value, event);
  }
}

/** A visitor is counted once per session in a day or hour: more often would change nothing. */
function addTotals(target: Target, session: Session, slice: Slice, event: SessionEvent): void {
  const { rows, visitorKey } = target;
  const { pool } = rows;
  const day = rows.at(TOTALS, 'day', event.day, EMPTY_TEXT);
  addCounts(pool, day, event);
  if (slice.events === 1) pool.addVisitor(day, visitorKey, 1);
  const hour = rows.at(TOTALS, 'hour', event.hour, EMPTY_TEXT);
  addCounts(pool, hour, event);
  if (session.countedHour !== event.hour) {
    session.countedHour = event.hour;
    pool.addVisitor(hour, visitorKey, 1);
  }
  if (event.foreignMoney === 0) return;
  pool.addTo(day, 12, event.foreignMoney);
  pool.addTo(hour, 12, event.foreignMoney);
}

function addValue(
  target: Target,
  session: Session,
  holding: Holding,
  dimension: number,
  value: TextNumber,
  event: SessionEvent,
): void {
  const { rows } = target;
  const report = BY_EVENT[dimension] as number;
  const { met } = session;
  const known = met.find(dimension, value);
  const row = rows.at(report, 'day', event.day, value);
  addCounts(rows.pool, row, event);
  // A page called "(other)" is not told from the values that were too many: it goes the long way.
  if (known !== NO_MEETING && met.dayOf(known) === event.day && value !== OTHER_TEXT) {
    if (event.occurredAt < met.atOf(known)) met.moveTo(known, event.occurredAt, event.day);
    return;
  }
  rows.pool.addVisitor(row, target.visitorKey, 1);
  const admitted = known === NO_MEETING ? met.admitted(dimension, value) : value;
  const place = admitted === value ? row : rows.at(report, 'day', event.day, admitted);
  meet(target, met, holding, dimension, admitted, event, place);
}

/** The session counts once with each value, in the bucket of the first event that had it. */
function meet(
  target: Target,
  met: Meetings,
  holding: Holding,
  dimension: number,
  value: TextNumber,
  event: SessionEvent,
  row: RowNumber,
): void {
  const { pool } = target.rows;
  const { occurredAt, day } = event;
  const known = met.find(dimension, value);
  if (known === NO_MEETING) {
    met.add(dimension, value, occurredAt, day);
    return addMeeting(pool, row, holding, 1);
  }
  if (met.atOf(known) <= occurredAt) return;
  if (met.dayOf(known) !== day) {
    const report = BY_EVENT[dimension] as number;
    const before = target.rows.at(report, 'day', met.dayOf(known), value);
    addMeeting(pool, before, holding, -1);
    addScroll(pool, before, met.scrollOf(known), -1);
    addMeeting(pool, row, holding, 1);
    addScroll(pool, row, met.scrollOf(known), 1);
  }
  met.moveTo(known, occurredAt, day);
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
  forEachMeeting(target.rows, session, (row, meeting) => {
    addMeeting(target.rows.pool, row, holding, sign);
    addScroll(target.rows.pool, row, session.met.scrollOf(meeting), sign);
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
  visit: (row: RowNumber, meeting: Meeting) => void,
): void {
  const { met } = session;
  for (let each = 0; each < met.end; each += Meetings.step) {
    const report = BY_EVENT[met.dimensionOf(each)] as number;
    visit(rows.at(report, 'day', met.dayOf(each), met.valueOf(each)), each);
  }
}
