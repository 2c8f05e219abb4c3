import { ByteReader, ByteWriter, type Hash64, visitorHashOf } from '#events';
import { TRAFFIC_CLASSES, type TrafficClass } from '../classify/conclusions.js';
import { HashFilter } from '../hash-filter.js';
import type { StateSource } from '../projection/source.js';
import type { Texts } from '../texts.js';
import type { Session } from './session.js';
import { decodeSessions, encodeSessions } from './session-codec.js';
import { isChangeable, LATENESS_MS } from './sessionise.js';
import { VisitorGroup, type VisitorSessions } from './visitor-group.js';

const HOUR_MS = 60 * 60 * 1000;
/** Visitors of a partition kept in memory between flushes, at most twice this: about 2 to 4 kB each. */
const RESIDENT_VISITORS_MAX = 2_500;
/** Visitors looked at per flush to remove sessions that are over: bounds the work of one flush. */
const SWEEP_PER_FLUSH = 5_000;

const SESSION = 'session/';
const TOUCHED = 'touched/';
const NO_BYTES = new Uint8Array(0);

type Write = readonly [key: string, bytes: Uint8Array | null];

/**
 * The sessions that may still change: the recently touched ones in memory, all of them as bytes in
 * the state. Sessions that are over are forgotten when met, and swept hour by hour of the log's time.
 */
export class ChangeableSessions {
  private readonly groups = new Map<string, VisitorGroup>();
  private dirty: VisitorSessions[] = [];
  private sequence = 0;
  private readonly lists: string[];
  /** Visitors that the state may have something of: nearly all others need not be looked for. */
  private readonly stored = new HashFilter((visit) => this.forEachListed(visit));

  constructor(
    private readonly source: StateSource,
    private readonly texts: Texts,
  ) {
    this.lists = [...source.stateRange(TOUCHED)].map(([key]) => key);
    for (const key of this.lists) this.sequence = Math.max(this.sequence, sequenceOf(key) + 1);
    this.stored.rebuild();
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

  /** A visitor's sessions; those that can no longer change are left out for good. `hash`: of the visitor's id. */
  of(group: VisitorGroup, visitorId: string, hash: Hash64, loggedAt: number): VisitorSessions {
    let visitor = group.young.get(visitorId);
    if (visitor === undefined) {
      visitor = group.old.get(visitorId) ?? this.load(group, visitorId, hash);
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
      this.stored.add(visitor.hashHigh, visitor.hashLow);
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

  private load(group: VisitorGroup, visitorId: string, { high, low }: Hash64): VisitorSessions {
    const mayBeStored = this.stored.mayContain(high, low);
    const bytes = mayBeStored ? this.source.state(group.prefix + visitorId) : undefined;
    return {
      group,
      visitorId,
      hashHigh: high,
      hashLow: low,
      sessions: bytes === undefined ? [] : decodeSessions(bytes, this.texts),
      isDirty: false,
      isStored: bytes !== undefined,
      listedHour: -1,
    };
  }

  private forEachListed(visit: (high: number, low: number) => void): void {
    // Those that are being flushed are not listed yet.
    for (const { hashHigh, hashLow } of this.dirty) visit(hashHigh, hashLow);
    for (const list of this.lists) {
      const reader = new ByteReader(this.source.state(list) ?? NO_BYTES);
      while (reader.at < reader.bytes.length) {
        const key = reader.text();
        const { high, low } = visitorHashOf(key.slice(prefixOf(key).length));
        visit(high, low);
      }
    }
  }

  private sessionsAt(key: string): Session[] {
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
    const prefix = prefixOf(key);
    const group = this.groups.get(prefix);
    const resident = group?.resident(key.slice(prefix.length));
    // What is dirty is written, or removed, below anyhow.
    if (resident?.isDirty) return;
    const sessions = resident?.sessions ?? this.sessionsAt(key);
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

/** The part of a visitor's key that is its group's: a site's id holds no slash, a visitor's may. */
function prefixOf(key: string): string {
  return key.slice(0, key.indexOf('/', key.indexOf('/', SESSION.length) + 1) + 1);
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
