import type { Calendar } from '../calendar.js';
import type { VisitorSessions } from '../session/changeable-sessions.js';
import { extendSession, mergeSessions, openSession, type Session } from '../session/session.js';
import { countsOf, type SessionEvent } from '../session/session-event.js';
import { placeEvent } from '../session/sessionise.js';
import { standingOf } from '../session/standing-of.js';
import { contributeSession, moveSession, noteMinute, type Target } from './contribution.js';
import { addEvent, contributeMeetings, moveEntryAndExit, moveMeetings } from './event-rows.js';
import type { LiveRows } from './live-rows.js';

/** What applying an event to one site and class needs. */
export interface Surroundings {
  readonly rows: LiveRows;
  readonly realtimeFrom: number;
  readonly calendar: Calendar;
  readonly timeoutMs: number;
  readonly engagementThresholdMs: number;
}

/** Takes one event into its visitor's sessions and brings every row along. */
export function applyEvent(
  visitor: VisitorSessions,
  event: SessionEvent,
  around: Surroundings,
): void {
  const target: Target = {
    rows: around.rows,
    visitorKey: event.visitorKey,
    realtimeFrom: around.realtimeFrom,
  };
  const counts = countsOf(event);
  addEvent(target, event, counts);
  const place = placeEvent(visitor.sessions, event.occurredAt, event.loggedAt, around.timeoutMs);
  if (place.extend === null) return open(visitor, event, target, around);
  if (place.merge.length > 0) mergeAll(visitor, place.extend, place.merge, target, around);
  const session = place.extend;
  const { calendar } = around;
  const dayOf = (ms: number) => calendar.dayBucket(ms);
  const before = session.standing ?? standingOf(session, around);
  extendSession(session, event);
  const after = standingOf(session, around);
  moveSession(target, session, before, after, event, counts);
  moveMeetings(target, session, before, after, event, dayOf);
  moveEntryAndExit(target, before, after);
  session.standing = after;
  sortByStart(visitor.sessions);
}

function open(
  visitor: VisitorSessions,
  event: SessionEvent,
  target: Target,
  around: Surroundings,
): void {
  const session = openSession(event);
  noteMinute(session, event);
  const standing = standingOf(session, around);
  contributeSession(target, session, standing, 1);
  moveMeetings(target, session, null, standing, event, (ms) => around.calendar.dayBucket(ms));
  moveEntryAndExit(target, null, standing);
  session.standing = standing;
  visitor.sessions.push(session);
  sortByStart(visitor.sessions);
}

/** Makes one session of several: takes all back, merges, adds the one. The event itself comes after. */
function mergeAll(
  visitor: VisitorSessions,
  into: Session,
  others: readonly Session[],
  target: Target,
  around: Surroundings,
): void {
  const dayOf = (ms: number) => around.calendar.dayBucket(ms);
  for (const session of [into, ...others]) {
    const standing = session.standing ?? standingOf(session, around);
    contributeSession(target, session, standing, -1);
    contributeMeetings(target, session, standing, -1, dayOf);
  }
  for (const other of others) mergeSessions(into, other);
  visitor.sessions = visitor.sessions.filter((session) => !others.includes(session));
  const standing = standingOf(into, around);
  contributeSession(target, into, standing, 1);
  contributeMeetings(target, into, standing, 1, dayOf);
  into.standing = standing;
  into.cache = null;
}

function sortByStart(sessions: Session[]): void {
  if (sessions.length > 1) sessions.sort((a, b) => a.startedAt - b.startedAt);
}
