import type { Acquisition, DeviceFacts } from '../classify/conclusions.js';
import { FirstValues } from './first-values.js';
import type { Holding } from './holding.js';
import type { SessionEvent } from './session-event.js';
import { mergeSlices, type Slice, sliceOf } from './slice.js';

/** A value with the event it came from; the order of events is (at, id). */
export interface Marked<T> {
  at: number;
  id: string;
  value: T;
}

/** What the events of one session did in one minute; kept only as long as realtime looks back. */
export interface MinuteSlice {
  readonly minute: number;
  views: number;
  events: number;
}

/** Attributes whose value is that of the first event which has one. */
export const FIRST_ATTRIBUTES = ['country', 'region', 'city', 'language', 'screen'] as const;

/** What one more event changed of a session, as bits; numbers that only grow are not among them. */
export const CHANGE = { start: 1, lastView: 2, values: 4 } as const;

/**
 * One session as an aggregate. Every part is a minimum, a maximum, a sum or a small map, so that
 * sessions are extended and merged in any order, without their events, to the same result.
 */
export class Session {
  startedAt = 0;
  endedAt = 0;
  views = 0;
  keyEvents = 0;
  isNew = false;
  /** Log time of the newest arrival that touched it. */
  touchedAt = 0;
  firstEvent: Marked<Acquisition>;
  firstView: Marked<{ page: string; acquisition: Acquisition }> | null = null;
  lastView: Marked<string> | null = null;
  device: Marked<DeviceFacts> | null = null;
  readonly attributes: (Marked<string> | null)[] = [null, null, null, null, null];
  readonly slices: Slice[] = [];
  readonly minutes: MinuteSlice[] = [];
  /**
   * By event dimension, in the order of the catalogue: PAGE, TITLE, HOSTNAME, EVENT, KEY_EVENT, and the
   * rarer ones once the session meets one.
   */
  readonly met: FirstValues[] = [
    new FirstValues(),
    new FirstValues(),
    new FirstValues(),
    new FirstValues(),
    new FirstValues(),
  ];
  /** What the rows hold of it; not stored: in the store everything is settled. */
  holding: Holding | null = null;
  /** Whether it waits to be settled. */
  isUnsettled = false;
  /** Bucket of the last hour in which its visitor was counted, so that it need not be again. */
  countedHour = Number.NaN;

  constructor(startedAt: number, id: string, acquisition: Acquisition) {
    this.startedAt = startedAt;
    this.endedAt = startedAt;
    this.firstEvent = { at: startedAt, id, value: acquisition };
  }
}

/** A session of one event. */
export function openSession(event: SessionEvent): Session {
  const session = new Session(event.occurredAt, event.id, event.conclusions.acquisition);
  extendSession(session, event);
  return session;
}

/** Adds one event to a session, but for the values it meets; tells what changed, as bits of `CHANGE`. */
export function extendSession(session: Session, event: SessionEvent): number {
  const { occurredAt: at, id, conclusions } = event;
  let change = 0;
  if (at < session.startedAt) {
    session.startedAt = at;
    change |= CHANGE.start;
  }
  if (at > session.endedAt) session.endedAt = at;
  if (event.loggedAt > session.touchedAt) session.touchedAt = event.loggedAt;
  session.isNew ||= event.isFirstSession;
  if (conclusions.keyEvents.length > 0) session.keyEvents += 1;
  if (isBefore(at, id, session.firstEvent)) {
    session.firstEvent = { at, id, value: conclusions.acquisition };
    change |= CHANGE.values;
  }
  if (event.isView) change |= addView(session, event);
  const { device, place } = conclusions;
  if (device !== null && (session.device === null || isBefore(at, id, session.device))) {
    session.device = { at, id, value: device };
    change |= CHANGE.values;
  }
  change |= markFirst(session, 0, place.country, at, id);
  change |= markFirst(session, 1, place.region, at, id);
  change |= markFirst(session, 2, place.city, at, id);
  change |= markFirst(session, 3, conclusions.language, at, id);
  change |= markFirst(session, 4, conclusions.screen, at, id);
  addToSlice(session, event);
  return change;
}

function addView(session: Session, event: SessionEvent): number {
  const { occurredAt: at, id, conclusions } = event;
  const { firstView, lastView } = session;
  const { page, acquisition } = conclusions;
  let change = 0;
  session.views += 1;
  if (firstView === null || isBefore(at, id, firstView)) {
    session.firstView = { at, id, value: { page, acquisition } };
    change |= CHANGE.values;
  }
  if (lastView === null) {
    session.lastView = { at, id, value: page };
    change |= CHANGE.lastView;
  } else if (!isBefore(at, id, lastView)) {
    if (lastView.value !== page) change |= CHANGE.lastView;
    lastView.at = at;
    lastView.id = id;
    lastView.value = page;
  }
  return change;
}

function markFirst(
  session: Session,
  index: number,
  value: string | null,
  at: number,
  id: string,
): number {
  if (value === null) return 0;
  const mark = session.attributes[index] as Marked<string> | null;
  if (mark !== null && !isBefore(at, id, mark)) return 0;
  session.attributes[index] = { at, id, value };
  return CHANGE.values;
}

function addToSlice(session: Session, event: SessionEvent): void {
  const slice = sliceOf(session.slices, event.day);
  if (event.isView) slice.views += 1;
  slice.events += 1;
  if (event.conclusions.keyEvents.length > 0) slice.keyEvents += 1;
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
  into.firstEvent = first(into.firstEvent, other.firstEvent) as Marked<Acquisition>;
  into.firstView = first(into.firstView, other.firstView);
  into.lastView = last(into.lastView, other.lastView);
  into.device = first(into.device, other.device);
  for (let index = 0; index < FIRST_ATTRIBUTES.length; index += 1) {
    into.attributes[index] = first(into.attributes[index] ?? null, other.attributes[index] ?? null);
  }
  mergeSlices(into.slices, other.slices);
  for (const slice of other.minutes) {
    const mine = into.minutes.find((each) => each.minute === slice.minute);
    if (mine === undefined) into.minutes.push({ ...slice });
    else {
      mine.views += slice.views;
      mine.events += slice.events;
    }
  }
  for (const [dimension, met] of other.met.entries()) metOf(into, dimension).merge(met);
}

/** The values of an event dimension that a session has met. */
export function metOf(session: Session, dimension: number): FirstValues {
  const { met } = session;
  while (met.length <= dimension) met.push(new FirstValues());
  return met[dimension] as FirstValues;
}

/** Whether (at, id) comes before a mark in the order of events. */
function isBefore(at: number, id: string, mark: { at: number; id: string }): boolean {
  return at < mark.at || (at === mark.at && id < mark.id);
}

function first<T>(a: Marked<T> | null, b: Marked<T> | null): Marked<T> | null {
  if (a === null) return b;
  return b !== null && isBefore(b.at, b.id, a) ? b : a;
}

function last<T>(a: Marked<T> | null, b: Marked<T> | null): Marked<T> | null {
  if (a === null) return b;
  return b !== null && isBefore(a.at, a.id, b) ? b : a;
}
