import { EVENT_DIMENSIONS } from '../dimensions.js';
import type { FirstValues } from '../session/first-values.js';
import { EVENT_DIMENSION_COUNT, type Session } from '../session/session.js';
import type { EventCounts, SessionEvent } from '../session/session-event.js';
import type { Standing } from '../session/standing.js';
import { reportNumber, type Target } from './contribution.js';
import { addCounts, addVisitor, type LiveRow } from './live-rows.js';

const TOTALS = reportNumber(null);
const BY_EVENT = EVENT_DIMENSIONS.map((dimension) => reportNumber(dimension.name));
const PAGE = reportNumber('PAGE');

/** Milliseconds → number of the local day. */
type DayOf = (ms: number) => number;

/** Adds what an event does by itself: to the totals, and to the rows of its own values. */
export function addEvent(target: Target, event: SessionEvent, counts: EventCounts): void {
  for (const row of [
    target.rows.at(TOTALS, 'hour', event.hour, ''),
    target.rows.at(TOTALS, 'day', event.day, ''),
  ]) {
    addCounts(row, counts, 1);
    row.row.counters[12] = (row.row.counters[12] as number) + counts.foreignMoney;
    addVisitor(row, target.visitorKey, 1);
  }
  for (let dimension = 0; dimension < EVENT_DIMENSION_COUNT; dimension += 1) {
    for (const value of valuesOf(event, dimension)) {
      const row = target.rows.at(BY_EVENT[dimension] as number, 'day', event.day, value);
      addCounts(row, counts, 1);
      addVisitor(row, target.visitorKey, 1);
    }
  }
  if (event.minute >= target.realtimeFrom) addMinute(target, event, counts);
}

function addMinute(target: Target, event: SessionEvent, counts: EventCounts): void {
  const { minute, conclusions } = event;
  const rows = [target.rows.at(TOTALS, 'minute', minute, '')];
  rows.push(target.rows.at(PAGE, 'minute', minute, conclusions.page));
  for (const row of rows) {
    row.row.counters[0] = (row.row.counters[0] as number) + counts.views;
    row.row.counters[1] = (row.row.counters[1] as number) + 1;
    addVisitor(row, target.visitorKey, 1);
  }
}

const one: string[] = [''];

/** Values of an event in one event dimension; all but KEY_EVENT have exactly one. */
function valuesOf(event: SessionEvent, dimension: number): readonly string[] {
  const { conclusions } = event;
  if (dimension === 4) return conclusions.keyEvents;
  if (dimension === 0) one[0] = conclusions.page;
  else if (dimension === 1) one[0] = conclusions.title;
  else if (dimension === 2) one[0] = conclusions.hostname;
  else one[0] = event.name;
  return one;
}

/**
 * Brings the rows of event dimensions along with a session that one more event came to: the session
 * counts once with every value it has met, in the bucket of the first such event.
 */
export function moveMeetings(
  target: Target,
  session: Session,
  before: Standing | null,
  after: Standing,
  event: SessionEvent,
  dayOf: DayOf,
): void {
  const changed =
    before !== null &&
    (before.engaged !== after.engaged || before.hasKeyEvent !== after.hasKeyEvent);
  for (let dimension = 0; dimension < EVENT_DIMENSION_COUNT; dimension += 1) {
    const met = session.values[dimension] as FirstValues;
    if (changed) {
      countMeetings(target, dimension, met, before, -1, dayOf);
      countMeetings(target, dimension, met, after, 1, dayOf);
    }
    for (const value of valuesOf(event, dimension)) {
      meet(target, dimension, met, met.admitted(value), after, event.occurredAt, dayOf);
    }
  }
}

function meet(
  target: Target,
  dimension: number,
  met: FirstValues,
  value: string,
  standing: Standing,
  at: number,
  dayOf: DayOf,
): void {
  const index = met.indexOf(value);
  const wasAt = index === -1 ? null : (met.firstAt[index] as number);
  if (wasAt !== null && wasAt <= at) return;
  met.meet(value, at);
  if (wasAt !== null && dayOf(wasAt) === dayOf(at)) return;
  const report = BY_EVENT[dimension] as number;
  if (wasAt !== null) addMeeting(target.rows.at(report, 'day', dayOf(wasAt), value), standing, -1);
  addMeeting(target.rows.at(report, 'day', dayOf(at), value), standing, 1);
}

/** Adds or takes back all meetings of a session in one event dimension. */
function countMeetings(
  target: Target,
  dimension: number,
  met: FirstValues,
  standing: Standing,
  sign: 1 | -1,
  dayOf: DayOf,
): void {
  const report = BY_EVENT[dimension] as number;
  for (let index = 0; index < met.values.length; index += 1) {
    const day = dayOf(met.firstAt[index] as number);
    const row = target.rows.at(report, 'day', day, met.values[index] as string);
    addMeeting(row, standing, sign);
  }
}

/** Adds or takes back a whole session in the rows of the event dimensions, entry and exit included. */
export function contributeMeetings(
  target: Target,
  session: Session,
  standing: Standing,
  sign: 1 | -1,
  dayOf: DayOf,
): void {
  for (let dimension = 0; dimension < EVENT_DIMENSION_COUNT; dimension += 1) {
    countMeetings(
      target,
      dimension,
      session.values[dimension] as FirstValues,
      standing,
      sign,
      dayOf,
    );
  }
  countEntryAndExit(target, standing, sign);
}

/** Brings entries and exits of the pages along. */
export function moveEntryAndExit(target: Target, before: Standing | null, after: Standing): void {
  const same =
    before !== null &&
    before.hasView === after.hasView &&
    before.startDay === after.startDay &&
    before.values[0] === after.values[0] &&
    before.values[1] === after.values[1];
  if (same) return;
  if (before !== null) countEntryAndExit(target, before, -1);
  countEntryAndExit(target, after, 1);
}

function countEntryAndExit(target: Target, standing: Standing, sign: 1 | -1): void {
  if (standing.hasView === 0) return;
  const [entryPage, exitPage] = standing.values;
  const entry = target.rows.at(PAGE, 'day', standing.startDay, entryPage as string);
  entry.row.counters[10] = (entry.row.counters[10] as number) + sign;
  const exit = target.rows.at(PAGE, 'day', standing.startDay, exitPage as string);
  exit.row.counters[11] = (exit.row.counters[11] as number) + sign;
}

function addMeeting(live: LiveRow, standing: Standing, sign: 1 | -1): void {
  const { counters } = live.row;
  counters[5] = (counters[5] as number) + sign;
  counters[6] = (counters[6] as number) + sign * standing.engaged;
  counters[9] = (counters[9] as number) + sign * standing.hasKeyEvent;
}
