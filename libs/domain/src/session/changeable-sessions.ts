import { ByteReader, ByteWriter } from '#events';
import { TRAFFIC_CLASSES, type TrafficClass } from '../classify/conclusions.js';
import type { StateSource } from '../projection/source.js';
import type { Session } from './session.js';
import { decodeSessions, encodeSessions } from './session-codec.js';
import { isChangeable, LATENESS_MS } from './sessionise.js';

const HOUR_MS = 60 * 60 * 1000;
/** Visitors kept in memory between flushes, at most twice this: about 1 kB each. */
const RESIDENT_VISITORS_MAX = 40_000;
/** Visitors looked at per flush to remove sessions that are over: bounds the work of one flush. */
const SWEEP_PER_FLUSH = 5_000;

const SESSION = 'session/';
const TOUCHED = 'touched/';

type Write = readonly [key: string, bytes: Uint8Array | null];

/** One visitor's sessions of one class, in order of start. */
export interface VisitorSessions {
  readonly key: string;
  sessions: Session[];
  isDirty: boolean;
  /** Log hour under which the visitor was last listed for the sweep. */
  listedHour: number;
}

/**
 * The sessions that may still change: the recently touched ones in memory, all of them as bytes in
 * the state. Sessions that are over are forgotten when met, and swept hour by hour of the log's time.
 */
export class ChangeableSessions {
  private young = new Map<string, VisitorSessions>();
  private old = new Map<string, VisitorSessions>();
  private dirty: VisitorSessions[] = [];
  private sequence = 0;
  private readonly lists: string[];

  constructor(private readonly source: StateSource) {
    this.lists = [...source.stateRange(TOUCHED)].map(([key]) => key);
    for (const key of this.lists) this.sequence = Math.max(this.sequence, sequenceOf(key) + 1);
  }

  /** A visitor's sessions; those that can no longer change are left out for good. */
  of(
    siteId: string,
    trafficClass: TrafficClass,
    visitorId: string,
    loggedAt: number,
  ): VisitorSessions {
    const key = `${SESSION}${siteId}/${TRAFFIC_CLASSES.indexOf(trafficClass)}/${visitorId}`;
    let visitor = this.young.get(key);
    if (visitor === undefined) {
      visitor = this.old.get(key) ?? this.load(key);
      this.young.set(key, visitor);
    }
    if (visitor.sessions.some((session) => !isChangeable(session, loggedAt))) {
      visitor.sessions = visitor.sessions.filter((session) => isChangeable(session, loggedAt));
    }
    return visitor;
  }

  /** Notes that a visitor's sessions changed. */
  changed(visitor: VisitorSessions): void {
    if (visitor.isDirty) return;
    visitor.isDirty = true;
    this.dirty.push(visitor);
  }

  get dirtyCount(): number {
    return this.dirty.length;
  }

  /** What to write since the last flush. */
  flush(loggedAt: number): Write[] {
    const hour = Math.floor(loggedAt / HOUR_MS);
    const writes: Write[] = [];
    this.sweep(loggedAt, writes);
    const listed = new ByteWriter(1 << 12);
    for (const visitor of this.dirty) {
      visitor.isDirty = false;
      writes.push([visitor.key, encodeSessions(visitor.sessions)]);
      if (visitor.listedHour === hour) continue;
      visitor.listedHour = hour;
      listed.text(visitor.key);
    }
    this.dirty = [];
    if (listed.length > 0) {
      const key = `${TOUCHED}${pad(hour)}/${pad(this.sequence)}`;
      this.sequence += 1;
      this.lists.push(key);
      writes.push([key, listed.copy()]);
    }
    if (this.young.size > RESIDENT_VISITORS_MAX) {
      this.old = this.young;
      this.young = new Map();
    }
    return writes;
  }

  /** Removes everything of a site. */
  forgetSite(siteId: string): Write[] {
    const prefix = `${SESSION}${siteId}/`;
    for (const map of [this.young, this.old]) {
      for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key);
    }
    this.dirty = this.dirty.filter((visitor) => !visitor.key.startsWith(prefix));
    return [...this.source.stateRange(prefix)].map(([key]) => [key, null]);
  }

  private load(key: string): VisitorSessions {
    const bytes = this.source.state(key);
    const sessions = bytes === undefined ? [] : decodeSessions(bytes);
    return { key, sessions, isDirty: false, listedHour: -1 };
  }

  /** Removes stored sessions whose last touch is too far back, oldest lists first. */
  private sweep(loggedAt: number, writes: Write[]): void {
    let left = SWEEP_PER_FLUSH;
    while (left > 0) {
      const list = this.lists[0];
      if (list === undefined || (hourOf(list) + 1) * HOUR_MS + LATENESS_MS >= loggedAt) return;
      this.lists.shift();
      const bytes = this.source.state(list);
      writes.push([list, null]);
      if (bytes === undefined) continue;
      const reader = new ByteReader(bytes);
      while (reader.at < bytes.length) {
        left -= 1;
        this.sweepVisitor(reader.text(), loggedAt, writes);
      }
    }
  }

  private sweepVisitor(key: string, loggedAt: number, writes: Write[]): void {
    const resident = this.young.get(key) ?? this.old.get(key);
    const sessions = resident?.sessions ?? this.load(key).sessions;
    if (sessions.some((session) => isChangeable(session, loggedAt))) return;
    writes.push([key, null]);
    this.young.delete(key);
    this.old.delete(key);
  }
}

function hourOf(list: string): number {
  return Number(list.slice(TOUCHED.length).split('/')[0]);
}

function sequenceOf(list: string): number {
  return Number(list.split('/')[2]);
}

function pad(value: number): string {
  return String(value).padStart(10, '0');
}
