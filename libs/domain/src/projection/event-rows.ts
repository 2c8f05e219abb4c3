import { EVENT_DIMENSIONS } from '../dimensions.js';
import { OTHER_VALUE } from '../reports/catalogue.js';
import type { FirstValues, Meeting } from '../session/first-values.js';
import type { Holding } from '../session/holding.js';
import { metOf, type Session } from '../session/session.js';
import { countsOf, type EventCounts, type SessionEvent } from '../session/session-event.js';
import type { Slice } from '../session/slice.js';
import type { LiveRow } from './live-row.js';
import { addCounts, addTo, addVisitor } from './row-adding.js';
import { addSample, addScroll, raiseScroll } from './sample-rows.js';
import { reportNumber, type Target } from './target.js';
import { rowOfMeeting } from './value-rows.js';

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
  addValue(target, session, holding, 3, event.name, event, counts);
  for (const name of conclusions.keyEvents) {
    addValue(target, session, holding, 4, name, event, counts);
  }
  if (event.scrollPercent !== null) raiseScroll(target, session, event);
  const { signal } = conclusions;
  if (signal === null) return;
  if (signal.kind === 'sample') addSample(target, slice, holding, event, signal.cell);
  else addValue(target, session, holding, signal.dimension, signal.value, event, counts);
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
  const day = rows.at(TOTALS, 'day', event.day, '');
  addCounts(day, counts);
  if (slice.events === 1) addVisitor(day, visitorKey, 1);
  const hour = rows.at(TOTALS, 'hour', event.hour, '');
  addCounts(hour, counts);
  if (session.countedHour !== event.hour) {
    session.countedHour = event.hour;
    addVisitor(hour, visitorKey, 1);
  }
  if (counts.foreignMoney === 0) return;
  addTo(day, 12, counts.foreignMoney);
  addTo(hour, 12, counts.foreignMoney);
}

function addValue(
  target: Target,
  session: Session,
  holding: Holding,
  dimension: number,
  value: string,
  event: SessionEvent,
  counts: EventCounts,
): void {
  const { rows } = target;
  const report = BY_EVENT[dimension] as number;
  const list = metOf(session, dimension);
  const met = list.find(value);
  // A page called "(other)" is not told from the values that were too many: it goes the long way.
  if (met !== null && met.day === event.day && value !== OTHER_VALUE) {
    if (event.occurredAt < met.at) met.at = event.occurredAt;
    let { row } = met;
    if (row === null || row.isEvicted) {
      row = rows.at(report, 'day', event.day, value);
      met.row = row;
    } else rows.touch(row);
    return addCounts(row, counts);
  }
  const row = rows.at(report, 'day', event.day, value);
  addCounts(row, counts);
  addVisitor(row, target.visitorKey, 1);
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
  value: string,
  event: SessionEvent,
  row: LiveRow,
): void {
  const met = list.find(value);
  if (met === null) {
    list.add(value, event.occurredAt, event.day, row);
    return addMeeting(row, holding, 1);
  }
  if (met.at <= event.occurredAt) return;
  if (met.day !== event.day) {
    const before = target.rows.at(report, 'day', met.day, value);
    addMeeting(before, holding, -1);
    addScroll(before, met, -1);
    addMeeting(row, holding, 1);
    addScroll(row, met, 1);
    met.day = event.day;
    met.row = row;
  }
  met.at = event.occurredAt;
}

function addMeeting(row: LiveRow, holding: Holding, sign: 1 | -1): void {
  addTo(row, 5, sign);
  addTo(row, 6, sign * holding.metEngaged);
  addTo(row, 9, sign * holding.metHasKeyEvent);
}

/** Adds or takes back all meetings of a session, with what the rows hold of it. */
export function contributeMeetings(
  target: Target,
  session: Session,
  holding: Holding,
  sign: 1 | -1,
): void {
  forEachMeeting(target, session, (row, met) => {
    addMeeting(row, holding, sign);
    addScroll(row, met, sign);
  });
}

/** Brings the rows of the values that a session has met up to what it is now. */
export function settleMeetings(
  target: Pick<Target, 'rows'>,
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
  forEachMeeting(target, session, (row) => {
    addTo(row, 6, engagedMore);
    addTo(row, 9, keyEventMore);
  });
}

function forEachMeeting(
  { rows }: Pick<Target, 'rows'>,
  session: Session,
  visit: (row: LiveRow, met: Meeting) => void,
): void {
  for (let dimension = 0; dimension < session.met.length; dimension += 1) {
    let met = (session.met[dimension] as FirstValues).newest;
    for (; met !== null; met = met.next) {
      visit(rowOfMeeting(rows, BY_EVENT[dimension] as number, met), met);
    }
  }
}
