import type { Session } from './session.js';

/** A session can change as long as its last arrival is at most this far back in the log's time. */
export const LATENESS_MS = 24 * 60 * 60 * 1000;
/** No session is longer: CONTRACT §3. */
export const SESSION_LENGTH_MAX_MS = 24 * 60 * 60 * 1000;

/** Which of a visitor's sessions an event belongs to. */
export interface Placement {
  /** The session to extend; `null` = the event opens one of its own. */
  readonly extend: Session | null;
  /** Sessions that the extended one then takes in, in order. */
  readonly merge: readonly Session[];
}

const NOTHING: readonly Session[] = [];

/** Whether a session may still change when the log's time is `loggedAt`. */
export function isChangeable(session: Session, loggedAt: number): boolean {
  return loggedAt - session.touchedAt <= LATENESS_MS;
}

/**
 * Finds the place of an event among one visitor's sessions of one class.
 *
 * An event joins a session when it is at most the time-out away from it and the session stays at
 * most 24 h long; the earliest such session wins. Joined, it may close the gap to the next ones,
 * which are merged under the same limit.
 *
 * @param sessions in order of start
 */
export function placeEvent(
  sessions: readonly Session[],
  occurredAt: number,
  loggedAt: number,
  timeoutMs: number,
): Placement {
  let extend: Session | null = null;
  let merge: Session[] | null = null;
  let start = occurredAt;
  let end = occurredAt;
  for (const session of sessions) {
    if (!isChangeable(session, loggedAt)) continue;
    if (session.startedAt - timeoutMs > occurredAt || session.endedAt + timeoutMs < occurredAt) {
      continue;
    }
    const joinedStart = Math.min(start, session.startedAt);
    const joinedEnd = Math.max(end, session.endedAt);
    if (joinedEnd - joinedStart > SESSION_LENGTH_MAX_MS) continue;
    start = joinedStart;
    end = joinedEnd;
    if (extend === null) extend = session;
    else {
      merge ??= [];
      merge.push(session);
    }
  }
  return { extend, merge: merge ?? NOTHING };
}
