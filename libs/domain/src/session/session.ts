import { NO_TEXT, type TextNumber } from '../texts.js';
import type { Holding } from './holding.js';
import { MARK, Marks } from './marks.js';
import { Meetings } from './meetings.js';
import type { SessionEvent } from './session-event.js';
import { mergeSlices, type Slice, sliceOf } from './slice.js';

/** What the events of one session did in one minute; kept only as long as realtime looks back. */
export interface MinuteSlice {
  readonly minute: number;
  views: number;
  events: number;
}

/** A bucket before all hours, and a small integer unlike NaN. */
const NO_HOUR = -(2 ** 30);

/** What one more event changed of a session, as bits; numbers that only grow are not among them. */
export const CHANGE = { start: 1, lastView: 2, values: 4 } as const;

/**
 * One session as an aggregate. Every part is a minimum, a maximum, a sum or a small map, so that
 * sessions are extended and merged in any order, without their events, to the same result.
 */
export class Session {
  endedAt: number;
  views = 0;
  keyEvents = 0;
  isNew = false;
  /** Log time of the newest arrival that touched it. */
  touchedAt = 0;
  readonly marks: Marks;
  /** Where its first view came from, else `eventAcquisition`: that of its first event. */
  viewAcquisition: readonly TextNumber[] | null = null;
  eventAcquisition: readonly TextNumber[] = [];
  device: readonly TextNumber[] | null = null;
  readonly slices: Slice[] = [];
  readonly minutes: MinuteSlice[] = [];
  readonly met: Meetings;
  /** What the rows hold of it; not stored: in the store everything is settled. */
  holding: Holding | null = null;
  /** Whether it waits to be settled. */
  isUnsettled = false;
  /** Bucket of the last hour in which its visitor was counted, so that it need not be again. */
  countedHour = NO_HOUR;

  constructor(public startedAt: number) {
    this.endedAt = startedAt;
    this.marks = new Marks(startedAt);
    this.met = new Meetings(startedAt);
  }
}

/** A session of one event. */
export function openSession(event: SessionEvent): Session {
  const session = new Session(event.occurredAt);
  extendSession(session, event);
  return session;
}

/** Adds one event to a session, but for the values it meets; tells what changed, as bits of `CHANGE`. */
export function extendSession(session: Session, event: SessionEvent): number {
  const { occurredAt: at, id, conclusions } = event;
  const { marks } = session;
  let change = 0;
  if (at < session.startedAt) {
    session.startedAt = at;
    change |= CHANGE.start;
  }
  if (at > session.endedAt) session.endedAt = at;
  if (event.loggedAt > session.touchedAt) session.touchedAt = event.loggedAt;
  session.isNew ||= event.isFirstSession;
  session.keyEvents += event.keyEvents;
  if (marks.isBefore(at, id, MARK.event)) {
    marks.set(MARK.event, at, id, NO_TEXT);
    session.eventAcquisition = conclusions.acquisition;
    change |= CHANGE.values;
  }
  if (event.isView) change |= addView(session, event);
  const { device, place } = conclusions;
  if (device !== null && marks.isBefore(at, id, MARK.device)) {
    marks.set(MARK.device, at, id, NO_TEXT);
    session.device = device;
    change |= CHANGE.values;
  }
  change |= markFirst(marks, MARK.country, place[0] as TextNumber, at, id);
  change |= markFirst(marks, MARK.region, place[1] as TextNumber, at, id);
  change |= markFirst(marks, MARK.city, place[2] as TextNumber, at, id);
  change |= markFirst(marks, MARK.language, conclusions.language, at, id);
  change |= markFirst(marks, MARK.screen, conclusions.screen, at, id);
  addToSlice(session, event);
  return change;
}

function addView(session: Session, event: SessionEvent): number {
  const { occurredAt: at, id, conclusions } = event;
  const { marks } = session;
  const { page } = conclusions;
  let change = 0;
  session.views += 1;
  if (marks.isBefore(at, id, MARK.firstView)) {
    marks.set(MARK.firstView, at, id, page);
    session.viewAcquisition = conclusions.acquisition;
    change |= CHANGE.values;
  }
  if (marks.isAfter(at, id, MARK.lastView)) {
    if (marks.valueOf(MARK.lastView) !== page) change |= CHANGE.lastView;
    marks.set(MARK.lastView, at, id, page);
  }
  return change;
}

function markFirst(marks: Marks, mark: number, value: TextNumber, at: number, id: string): number {
  if (value === NO_TEXT || !marks.isBefore(at, id, mark)) return 0;
  marks.set(mark, at, id, value);
  return CHANGE.values;
}

function addToSlice(session: Session, event: SessionEvent): void {
  const slice = sliceOf(session.slices, event.day);
  slice.views += event.views;
  slice.events += 1;
  slice.keyEvents += event.keyEvents;
  slice.engagedMs += event.engagedMs;
  slice.revenue += event.revenue;
}

/** Takes another session of the same visitor in; the other one is no more. */
export function mergeSessions(into: Session, other: Session): void {
  into.startedAt = Math.min(into.startedAt, other.startedAt);
  into.endedAt = Math.max(into.endedAt, other.endedAt);
  into.touchedAt = Math.max(into.touchedAt, other.touchedAt);
  into.views += other.views;
  into.keyEvents += other.keyEvents;
  into.isNew ||= other.isNew;
  into.marks.merge(other.marks, (mark) => {
    if (mark === MARK.event) into.eventAcquisition = other.eventAcquisition;
    if (mark === MARK.firstView) into.viewAcquisition = other.viewAcquisition;
    if (mark === MARK.device) into.device = other.device;
  });
  mergeSlices(into.slices, other.slices);
  for (const slice of other.minutes) {
    const mine = into.minutes.find((each) => each.minute === slice.minute);
    if (mine === undefined) into.minutes.push({ ...slice });
    else {
      mine.views += slice.views;
      mine.events += slice.events;
    }
  }
  into.met.merge(other.met);
}
