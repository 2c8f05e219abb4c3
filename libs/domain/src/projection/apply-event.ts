import type { Holding } from '../session/holding.js';
import {
  CHANGE,
  extendSession,
  mergeSessions,
  openSession,
  type Session,
} from '../session/session.js';
import type { SessionEvent } from '../session/session-event.js';
import { placeEvent } from '../session/sessionise.js';
import { sliceOf } from '../session/slice.js';
import type { VisitorSessions } from '../session/visitor-group.js';
import { addEvent } from './event-rows.js';
import { addMinute } from './minute-rows.js';
import { enter, holdingOf, leave, moveExit, moveStart, moveValues } from './session-rows.js';
import { settle } from './settle.js';
import type { Target } from './target.js';

/** Takes one event into its visitor's sessions, and these into the rows. */
export function applyEvent(visitor: VisitorSessions, event: SessionEvent, target: Target): void {
  const { timeoutMs } = target.rules;
  const place = placeEvent(visitor.sessions, event.occurredAt, event.loggedAt, timeoutMs);
  const isNew = place.extend === null;
  const session = place.extend ?? openSession(event);
  if (place.merge.length > 0) mergeAll(visitor, session, place.merge, target);
  const holding = isNew ? enter(target, session) : extend(session, event, target);
  addEvent(target, session, sliceOf(session.slices, event.day), holding, event);
  addMinute(target, session, event, holding.values);
  target.rows.unsettle(session);
  if (isNew) visitor.sessions.push(session);
  if (visitor.sessions.length > 1) visitor.sessions.sort((a, b) => a.startedAt - b.startedAt);
}

function extend(session: Session, event: SessionEvent, target: Target): Holding {
  const holding = holdingOf(session, target.rules);
  const change = extendSession(session, event);
  const newDay = sliceOf(session.slices, event.day).events === 1 ? event.day : Number.NaN;
  if ((change & CHANGE.start) !== 0) moveStart(target, session, holding);
  if ((change & CHANGE.values) !== 0 || !Number.isNaN(newDay)) {
    moveValues(target, session, holding, newDay);
  } else if ((change & CHANGE.lastView) !== 0) moveExit(target, session, holding);
  return holding;
}

/** Makes one session of several: takes all back, merges, enters the one. The event itself comes after. */
function mergeAll(
  visitor: VisitorSessions,
  into: Session,
  others: readonly Session[],
  target: Target,
): void {
  for (const session of [into, ...others]) {
    settle(target.rows, session, target.rules);
    leave(target, session, holdingOf(session, target.rules));
  }
  for (const other of others) mergeSessions(into, other);
  visitor.sessions = visitor.sessions.filter((session) => !others.includes(session));
  enter(target, into);
}
