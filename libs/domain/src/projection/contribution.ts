import { SESSION_DIMENSIONS } from '../dimensions.js';
import { REPORTS } from '../reports/catalogue.js';
import { type Session, type Slice, sliceOf } from '../session/session.js';
import type { EventCounts, SessionEvent } from '../session/session-event.js';
import type { Standing } from '../session/standing.js';
import {
  addChange,
  addCounts,
  addStanding,
  addVisitor,
  type LiveRow,
  type LiveRows,
} from './live-rows.js';

/** Number of a report in the catalogue, by dimension. */
export function reportNumber(dimension: string | null): number {
  return REPORTS.findIndex((report) => report.dimension === dimension);
}

const TOTALS = reportNumber(null);
/** Report number of each session dimension, in the order of `Standing.values`. */
const BY_SESSION = SESSION_DIMENSIONS.map((dimension) => reportNumber(dimension.name));
/** Session dimensions that realtime shows, as indices into `Standing.values`. */
const LIVE_DIMENSIONS = ['SOURCE', 'COUNTRY', 'DEVICE'].map((name) =>
  SESSION_DIMENSIONS.findIndex((dimension) => dimension.name === name),
);

/** Where contributions go. */
export interface Target {
  readonly rows: LiveRows;
  readonly visitorKey: number;
  /** Minutes before this one are too old for realtime and are not written. */
  readonly realtimeFrom: number;
}

/** Adds everything a session holds in the rows of its own values, or takes it back (`sign` −1). */
export function contributeSession(
  target: Target,
  session: Session,
  standing: Standing,
  sign: 1 | -1,
): void {
  for (let index = 0; index < BY_SESSION.length; index += 1) {
    contributeDimension(target, session, standing, index, sign);
  }
  for (const index of LIVE_DIMENSIONS) contributeMinutes(target, session, standing, index, sign);
  contributeTotals(target, standing, sign);
}

function contributeDimension(
  target: Target,
  session: Session,
  standing: Standing,
  index: number,
  sign: 1 | -1,
): void {
  const report = BY_SESSION[index] as number;
  const value = standing.values[index] as string;
  let start: LiveRow | null = null;
  for (const slice of session.slices) {
    const row = target.rows.at(report, 'day', slice.day, value);
    addCounts(row, slice, sign);
    addVisitor(row, target.visitorKey, sign);
    if (slice.day === standing.startDay) start = row;
  }
  start ??= target.rows.at(report, 'day', standing.startDay, value);
  addStanding(start, standing, sign);
}

function contributeMinutes(
  target: Target,
  session: Session,
  standing: Standing,
  index: number,
  sign: 1 | -1,
): void {
  const report = BY_SESSION[index] as number;
  for (const { minute, views, events } of session.minutes) {
    if (minute < target.realtimeFrom) continue;
    const row = target.rows.at(report, 'minute', minute, standing.values[index] as string);
    row.row.counters[0] = (row.row.counters[0] as number) + sign * views;
    row.row.counters[1] = (row.row.counters[1] as number) + sign * events;
    addVisitor(row, target.visitorKey, sign);
  }
}

function contributeTotals(target: Target, standing: Standing, sign: 1 | -1): void {
  addStanding(target.rows.at(TOTALS, 'hour', standing.startHour, ''), standing, sign);
  addStanding(target.rows.at(TOTALS, 'day', standing.startDay, ''), standing, sign);
}

/**
 * Moves rows from what a session was to what one more event made of it. Most events change no value
 * and no start, so that each row only gets the event's counts and the change of the numbers.
 */
export function moveSession(
  target: Target,
  session: Session,
  before: Standing,
  after: Standing,
  event: SessionEvent,
  counts: EventCounts,
): void {
  const sameStart = before.startDay === after.startDay;
  const newDay = sliceOf(session, event.day).events === 1;
  const sameNumbers = sameStart && equalNumbers(before, after);
  const own = ownRows(target, session, event.day);
  for (let index = 0; index < BY_SESSION.length; index += 1) {
    const value = after.values[index] as string;
    if (!sameStart || before.values[index] !== value) {
      leaveValue(target, session, before, index, event, counts);
      contributeDimension(target, session, after, index, 1);
      own.rows[index] = null;
      continue;
    }
    const report = BY_SESSION[index] as number;
    let row = own.rows[index] ?? null;
    if (row !== null) target.rows.touch(row);
    else {
      row = target.rows.at(report, 'day', event.day, value);
      own.rows[index] = row;
    }
    addCounts(row, counts, 1);
    if (newDay) addVisitor(row, target.visitorKey, 1);
    if (sameNumbers) continue;
    const start =
      event.day === after.startDay ? row : target.rows.at(report, 'day', after.startDay, value);
    addChange(start, before, after);
  }
  moveTotals(target, before, after, sameNumbers);
  moveMinutes(target, session, before, after, event);
}

function moveTotals(target: Target, before: Standing, after: Standing, sameNumbers: boolean): void {
  if (before.startHour !== after.startHour) {
    contributeTotals(target, before, -1);
    contributeTotals(target, after, 1);
  } else if (!sameNumbers) {
    addChange(target.rows.at(TOTALS, 'hour', after.startHour, ''), before, after);
    addChange(target.rows.at(TOTALS, 'day', after.startDay, ''), before, after);
  }
}

/** The rows of a session's own values on one day, by dimension; `null` = to be found again. */
interface OwnRows {
  readonly day: number;
  readonly epoch: number;
  readonly rows: (LiveRow | null)[];
}

/** What was kept beside the session, as long as it is of this day and nothing was forgotten since. */
function ownRows(target: Target, session: Session, day: number): OwnRows {
  const { epoch } = target.rows;
  const kept = session.cache as OwnRows | null;
  if (kept !== null && kept.day === day && kept.epoch === epoch) return kept;
  const own = { day, epoch, rows: BY_SESSION.map(() => null) };
  session.cache = own;
  return own;
}

/** Takes back what the session held under an old value before the event. */
function leaveValue(
  target: Target,
  session: Session,
  before: Standing,
  index: number,
  event: SessionEvent,
  counts: EventCounts,
): void {
  const report = BY_SESSION[index] as number;
  const value = before.values[index] as string;
  for (const slice of session.slices) {
    const isEventDay = slice.day === event.day;
    if (isEventDay && slice.events === 1) continue;
    const row = target.rows.at(report, 'day', slice.day, value);
    addCounts(row, isEventDay ? without(slice, counts) : slice, -1);
    addVisitor(row, target.visitorKey, -1);
  }
  addStanding(target.rows.at(report, 'day', before.startDay, value), before, -1);
}

function without(slice: Slice, counts: EventCounts): Slice {
  return {
    day: slice.day,
    views: slice.views - counts.views,
    events: slice.events - counts.events,
    keyEvents: slice.keyEvents - counts.keyEvents,
    engagedMs: slice.engagedMs - counts.engagedMs,
    revenue: slice.revenue - counts.revenue,
  };
}

/** Notes the event's minute in the session and brings the realtime rows along. */
function moveMinutes(
  target: Target,
  session: Session,
  before: Standing,
  after: Standing,
  event: SessionEvent,
): void {
  for (const index of LIVE_DIMENSIONS) {
    if (before.values[index] !== after.values[index]) {
      contributeMinutes(target, session, before, index, -1);
    }
  }
  const isNewMinute = noteMinute(session, event);
  for (const index of LIVE_DIMENSIONS) {
    if (before.values[index] !== after.values[index]) {
      contributeMinutes(target, session, after, index, 1);
    } else if (event.minute >= target.realtimeFrom) {
      const value = after.values[index] as string;
      const row = target.rows.at(BY_SESSION[index] as number, 'minute', event.minute, value);
      row.row.counters[0] = (row.row.counters[0] as number) + (event.isView ? 1 : 0);
      row.row.counters[1] = (row.row.counters[1] as number) + 1;
      if (isNewMinute) addVisitor(row, target.visitorKey, 1);
    }
  }
}

/** How far back realtime looks, in minutes: the longest that the API can be asked for. */
export const REALTIME_MINUTES_MAX = 60;

/** Remembers what the event did in its minute, as long as realtime may ask; true = a new minute. */
export function noteMinute(session: Session, event: SessionEvent): boolean {
  const oldest = Math.floor(event.loggedAt / 60_000) - REALTIME_MINUTES_MAX;
  const { minutes } = session;
  while (minutes.length > 0 && (minutes[0]?.minute ?? 0) < oldest) minutes.shift();
  if (event.minute < oldest) return false;
  const found = minutes.find((each) => each.minute === event.minute);
  const slice = found ?? { minute: event.minute, views: 0, events: 0 };
  if (event.isView) slice.views += 1;
  slice.events += 1;
  if (found === undefined) minutes.push(slice);
  return found === undefined;
}

function equalNumbers(a: Standing, b: Standing): boolean {
  return (
    a.durationMs === b.durationMs &&
    a.engaged === b.engaged &&
    a.isNew === b.isNew &&
    a.hasKeyEvent === b.hasKeyEvent &&
    a.hasView === b.hasView
  );
}
