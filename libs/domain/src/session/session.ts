import type { Acquisition, DeviceFacts } from '../classify/conclusions.js';
import { FirstValues } from './first-values.js';
import type { SessionEvent } from './session-event.js';
import type { Standing } from './standing.js';

/** PAGE, TITLE, HOSTNAME, EVENT, KEY_EVENT: the event dimensions, in the order of the catalogue. */
export const EVENT_DIMENSION_COUNT = 5;

/** A value with the event it came from; the order of events is (at, id). */
export interface Marked<T> {
  at: number;
  id: string;
  value: T;
}

/** What the events of one session did in one local day. */
export interface Slice {
  readonly day: number;
  views: number;
  events: number;
  keyEvents: number;
  engagedMs: number;
  revenue: number;
}

/** What the events of one session did in one minute; kept only as long as realtime looks back. */
export interface MinuteSlice {
  readonly minute: number;
  views: number;
  events: number;
}

/** Attributes whose value is that of the first event which has one. */
export const FIRST_ATTRIBUTES = ['country', 'region', 'city', 'language', 'screen'] as const;

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
  /** What the rows hold of it at present; not stored, found again when needed. */
  standing: Standing | null = null;
  /** What the fold keeps beside it to find its rows again; not stored either. */
  cache: unknown = null;
  readonly values: FirstValues[] = Array.from(
    { length: EVENT_DIMENSION_COUNT },
    () => new FirstValues(),
  );

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

/** Adds one event to a session. */
export function extendSession(session: Session, event: SessionEvent): void {
  const { occurredAt: at, id, conclusions } = event;
  session.startedAt = Math.min(session.startedAt, at);
  session.endedAt = Math.max(session.endedAt, at);
  session.touchedAt = Math.max(session.touchedAt, event.loggedAt);
  session.isNew ||= event.isFirstSession;
  if (conclusions.keyEvents.length > 0) session.keyEvents += 1;
  session.firstEvent = earlier(session.firstEvent, at, id, conclusions.acquisition);
  if (event.isView) addView(session, event);
  if (conclusions.device !== null) {
    session.device = earlier(session.device, at, id, conclusions.device);
  }
  const { place } = conclusions;
  markFirst(session, 0, place.country, at, id);
  markFirst(session, 1, place.region, at, id);
  markFirst(session, 2, place.city, at, id);
  markFirst(session, 3, conclusions.language, at, id);
  markFirst(session, 4, conclusions.screen, at, id);
  addToSlice(session, event);
}

function addView(session: Session, event: SessionEvent): void {
  const { occurredAt: at, id, conclusions } = event;
  session.views += 1;
  const { firstView, lastView } = session;
  if (firstView === null || isBefore(at, id, firstView)) {
    session.firstView = {
      at,
      id,
      value: { page: conclusions.page, acquisition: conclusions.acquisition },
    };
  }
  if (lastView === null || !isBefore(at, id, lastView)) {
    session.lastView = { at, id, value: conclusions.page };
  }
}

function markFirst(
  session: Session,
  index: number,
  value: string | null,
  at: number,
  id: string,
): void {
  if (value === null) return;
  const mark = session.attributes[index] ?? null;
  if (mark === null || isBefore(at, id, mark)) session.attributes[index] = { at, id, value };
}

function addToSlice(session: Session, event: SessionEvent): void {
  const slice = sliceOf(session, event.day);
  if (event.isView) slice.views += 1;
  slice.events += 1;
  if (event.conclusions.keyEvents.length > 0) slice.keyEvents += 1;
  slice.engagedMs += event.engagedMs;
  slice.revenue += event.revenue;
}

/** The slice of a day, made when there is none yet. */
export function sliceOf(session: Session, day: number): Slice {
  for (const slice of session.slices) if (slice.day === day) return slice;
  const slice = {
    day,
    views: 0,
    events: 0,
    keyEvents: 0,
    engagedMs: 0,
    revenue: 0,
  };
  session.slices.push(slice);
  return slice;
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
  for (const slice of other.slices) addSlice(sliceOf(into, slice.day), slice);
  for (const slice of other.minutes) {
    const mine = into.minutes.find((each) => each.minute === slice.minute);
    if (mine === undefined) into.minutes.push({ ...slice });
    else {
      mine.views += slice.views;
      mine.events += slice.events;
    }
  }
  for (let index = 0; index < EVENT_DIMENSION_COUNT; index += 1) {
    into.values[index]?.merge(other.values[index] as FirstValues);
  }
}

function addSlice(into: Slice, other: Slice): void {
  into.views += other.views;
  into.events += other.events;
  into.keyEvents += other.keyEvents;
  into.engagedMs += other.engagedMs;
  into.revenue += other.revenue;
}

/** Whether (at, id) comes before a mark in the order of events. */
export function isBefore(at: number, id: string, mark: { at: number; id: string }): boolean {
  return at < mark.at || (at === mark.at && id < mark.id);
}

function earlier<T>(mark: Marked<T> | null, at: number, id: string, value: T): Marked<T> {
  return mark === null || isBefore(at, id, mark) ? { at, id, value } : mark;
}

function first<T>(a: Marked<T> | null, b: Marked<T> | null): Marked<T> | null {
  if (a === null) return b;
  return b !== null && isBefore(b.at, b.id, a) ? b : a;
}

function last<T>(a: Marked<T> | null, b: Marked<T> | null): Marked<T> | null {
  if (a === null) return b;
  return b !== null && isBefore(a.at, a.id, b) ? b : a;
}
