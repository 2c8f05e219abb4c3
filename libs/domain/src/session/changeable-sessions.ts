import { ByteReader, ByteWriter } from '#events';
import { TRAFFIC_CLASSES, type TrafficClass } from '../classify/conclusions.js';
import type { StateSource } from '../projection/source.js';
import type { Texts } from '../texts.js';
import type { Session } from './session.js';
import { decodeSessions, encodeSessions } from './session-codec.js';
import { isChangeable, LATENESS_MS } from './sessionise.js';

const HOUR_MS = 60 * 60 * 1000;
/** Visitors kept in memory between flushes, at most twice this: about 2 to 4 kB each. */
const RESIDENT_VISITORS_MAX = 12_000;
/** Visitors looked at per flush to remove sessions that are over: bounds the work of one flush. */
const SWEEP_PER_FLUSH = 5_000;

const SESSION = 'session/';
const TOUCHED = 'touched/';

type Write = readonly [key: string, bytes: Uint8Array | null];

/** The visitors of one site and class that are in memory. */
export class VisitorGroup {
  young = new Map<string, VisitorSessions>();
  old = new Map<string, VisitorSessions>();

  /** @param prefix of the state keys of its visitors */
  constructor(readonly prefix: string) {}

  resident(visitorId: string): VisitorSessions | undefined {
    return this.young.get(visitorId) ?? this.old.get(visitorId);
  }

  forget(visitorId: string): void {
    this.young.delete(visitorId);
    this.old.delete(visitorId);
  }
}

/** One visitor's sessions of one class, in order of start. */
export interface VisitorSessions {
  readonly group: VisitorGroup;
  readonly visitorId: string;
  sessions: Session[];
  isDirty: boolean;
  /** Whether the state has bytes of it. */
  isStored: boolean;
  /** Log hour under which the visitor was last listed for the sweep. */
  listedHour: number;
}

/**
 * The sessions that may still change: the recently touched ones in memory, all of them as bytes in
 * the state. Sessions that are over are forgotten when met, and swept hour by hour of the log's time.
 */
export class ChangeableSessions {
  private readonly groups = new Map<string, VisitorGroup>();
  private dirty: VisitorSessions[] = [];
  private sequence = 0;
  private readonly lists: string[];

  constructor(
    private readonly source: StateSource,
    private readonly texts: Texts,
  ) {
    this.lists = [...source.stateRange(TOUCHED)].map(([key]) => key);
    for (const key of this.lists) this.sequence = Math.max(this.sequence, sequenceOf(key) + 1);
  }

  /** The visitors of one site and class. */
  group(siteId: string, trafficClass: TrafficClass): VisitorGroup {
    const prefix = `${SESSION}${siteId}/${TRAFFIC_CLASSES.indexOf(trafficClass)}/`;
    let group = this.groups.get(prefix);
    if (group === undefined) {
      group = new VisitorGroup(prefix);
      this.groups.set(prefix, group);
    }
    return group;
  }

  /** A visitor's sessions; those that can no longer change are left out for good. */
  of(group: VisitorGroup, visitorId: string, loggedAt: number): VisitorSessions {
    let visitor = group.young.get(visitorId);
    if (visitor === undefined) {
      visitor = group.old.get(visitorId) ?? this.load(group, visitorId);
      group.young.set(visitorId, visitor);
    }
    dropFinished(visitor, loggedAt);
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
      this.write(visitor, loggedAt, writes);
      if (!visitor.isStored || visitor.listedHour === hour) continue;
      visitor.listedHour = hour;
      listed.text(keyOf(visitor));
    }
    this.dirty = [];
    if (listed.length > 0) {
      const key = `${TOUCHED}${pad(hour)}/${pad(this.sequence)}`;
      this.sequence += 1;
      this.lists.push(key);
      writes.push([key, listed.copy()]);
    }
    this.age();
    return writes;
  }

  /** Removes everything of a site. */
  forgetSite(siteId: string): Write[] {
    const prefix = `${SESSION}${siteId}/`;
    for (const key of this.groups.keys()) if (key.startsWith(prefix)) this.groups.delete(key);
    this.dirty = this.dirty.filter((visitor) => !visitor.group.prefix.startsWith(prefix));
    return [...this.source.stateRange(prefix)].map(([key]) => [key, null]);
  }

  /** A history that is caught up on has mostly sessions that are over when they are first written. */
  private write(visitor: VisitorSessions, loggedAt: number, writes: Write[]): void {
    dropFinished(visitor, loggedAt);
    if (visitor.sessions.length > 0) {
      writes.push([keyOf(visitor), encodeSessions(visitor.sessions, this.texts)]);
      visitor.isStored = true;
      return;
    }
    if (visitor.isStored) writes.push([keyOf(visitor), null]);
    visitor.isStored = false;
    visitor.group.forget(visitor.visitorId);
  }

  private load(group: VisitorGroup, visitorId: string): VisitorSessions {
    const bytes = this.source.state(group.prefix + visitorId);
    const sessions = bytes === undefined ? [] : decodeSessions(bytes, this.texts);
    const isStored = bytes !== undefined;
    return { group, visitorId, sessions, isDirty: false, isStored, listedHour: -1 };
  }

  private stored(key: string): Session[] {
    const bytes = this.source.state(key);
    return bytes === undefined ? [] : decodeSessions(bytes, this.texts);
  }

  /** Lets go of the visitors that were not met for longest, when there are too many. */
  private age(): void {
    let young = 0;
    for (const group of this.groups.values()) young += group.young.size;
    if (young <= RESIDENT_VISITORS_MAX) return;
    for (const group of this.groups.values()) {
      group.old = group.young;
      group.young = new Map();
    }
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
    // A site's id holds no slash, a visitor's may.
    const prefix = key.slice(0, key.indexOf('/', key.indexOf('/', SESSION.length) + 1) + 1);
    const group = this.groups.get(prefix);
    const resident = group?.resident(key.slice(prefix.length));
    // What is dirty is written, or removed, below anyhow.
    if (resident?.isDirty) return;
    const sessions = resident?.sessions ?? this.stored(key);
    if (sessions.some((session) => isChangeable(session, loggedAt))) return;
    writes.push([key, null]);
    group?.forget(key.slice(prefix.length));
  }
}

function dropFinished(visitor: VisitorSessions, loggedAt: number): void {
  const { sessions } = visitor;
  for (const session of sessions) {
    if (isChangeable(session, loggedAt)) continue;
    visitor.sessions = sessions.filter((each) => isChangeable(each, loggedAt));
    return;
  }
}

function keyOf(visitor: VisitorSessions): string {
  return visitor.group.prefix + visitor.visitorId;
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
