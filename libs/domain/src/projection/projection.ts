/**
 * The fold: events in, rows and state out. A deterministic function of one partition's log prefix:
 * no clock, no chance, no outside facts.
 *
 *   event → dedupe → classify → sessionise → rows
 */
import { type Envelope, PairHash } from '#events';
import type { TrafficClass } from '../classify/conclusions.js';
import { Dedupe } from '../dedupe.js';
import type { Definitions } from '../definitions.js';
import { visitorKey } from '../hyper-log-log.js';
import { ChangeableSessions } from '../session/changeable-sessions.js';
import { emptyEvent, type SessionEvent } from '../session/session-event.js';
import { Texts } from '../texts.js';
import { applyEvent } from './apply-event.js';
import type { LiveBucket } from './live-bucket.js';
import { RowPool } from './row-pool.js';
import { noteActivity, openSite, type SiteFold, settleAll } from './site-fold.js';
import type { ChangedRows, ProjectionFlush, RowSource, StateSource } from './source.js';

const MINUTE_MS = 60_000;
/** Rows kept in memory between flushes: about 200 bytes each for the long tail. */
const RESIDENT_ROWS_MAX = 150_000;
/** Texts that are known before all of memory is begun anew from the store: about 100 bytes each. */
const TEXTS_MAX = 300_000;

/** How the fold asks for the rules of a site; `undefined` = no such site, its events are skipped. */
export type DefinitionsOf = (siteId: string) => Definitions | undefined;

export class Projection {
  private readonly dedupe: Dedupe;
  private sessions: ChangeableSessions;
  private texts = new Texts();
  private pool: RowPool;
  private readonly sites = new Map<string, SiteFold>();
  private touched: LiveBucket[] = [];
  private deletions: (readonly [string, null])[] = [];
  private deletedSites: string[] = [];
  private flushes = 1;
  private readonly hash = new PairHash();
  private readonly event = emptyEvent();
  private loggedAt: number;
  /** Minutes before this one are not written for realtime; set by whoever knows the clock. */
  realtimeFrom = 0;

  constructor(
    private readonly source: RowSource & StateSource,
    private readonly definitionsOf: DefinitionsOf,
    loggedAt: number,
  ) {
    this.dedupe = new Dedupe(source);
    this.sessions = new ChangeableSessions(source, this.texts);
    this.pool = new RowPool(this.dirty);
    this.loggedAt = loggedAt;
  }

  /** The log's own time: newest `receivedAt` folded. */
  get receivedAt(): number {
    return this.loggedAt;
  }

  /** Rows and visitors that changed since the last flush: when to flush, whoever folds decides. */
  get pending(): number {
    let rows = 0;
    for (const bucket of this.touched) rows += bucket.touched.length;
    return rows + this.sessions.dirtyCount;
  }

  /** A site was deleted: its rows must go before anything else is folded. */
  get mustFlush(): boolean {
    return this.deletedSites.length > 0;
  }

  /** Folds one event. */
  fold(event: Envelope): void {
    this.loggedAt = Math.max(this.loggedAt, event.receivedAt);
    if (event.type === 'site_deleted') return this.forgetSite(event.siteId);
    const site = this.siteOf(event.siteId);
    if (site === null) return;
    const { hash } = this;
    hash.of(event.siteId, event.id);
    if (this.dedupe.isDuplicate(hash.high, hash.low, event.receivedAt)) return;
    noteActivity(site, event.occurredAt);
    const sessionEvent = this.sessionEvent(event, site);
    const { target, visitors } = site.classes[sessionEvent.conclusions.trafficClass];
    hash.high = event.visitorHashHigh;
    hash.low = event.visitorHashLow;
    const visitor = this.sessions.of(visitors, event.visitorId, hash, this.loggedAt);
    target.visitorKey = visitorKey(hash.high, hash.low);
    target.realtimeFrom = this.realtimeFrom;
    applyEvent(visitor, sessionEvent, target);
    this.sessions.changed(visitor);
  }

  /** Everything that changed since the last flush; the fold goes on only after it is written. */
  flush(): ProjectionFlush {
    for (const site of this.sites.values()) settleAll(site);
    this.pool.countVisitors();
    const rows = this.touched.map((bucket) => this.changedRows(bucket));
    const activity: [string, { firstEventAt: number; lastEventAt: number }][] = [];
    for (const [siteId, site] of this.sites) {
      if (site.activity === null) continue;
      activity.push([siteId, site.activity]);
      site.activity = null;
    }
    const state = [
      ...this.deletions,
      ...this.dedupe.flush(this.loggedAt),
      ...this.sessions.flush(this.loggedAt),
    ];
    const { deletedSites } = this;
    this.touched = [];
    this.deletions = [];
    this.deletedSites = [];
    this.flushes += 1;
    return { rows, state, activity, deletedSites };
  }

  private changedRows(bucket: LiveBucket): ChangedRows {
    const rows = bucket.touched.map((row) => {
      const value = this.texts.textOf(this.pool.valueOf(row));
      return [value, this.pool.encode(row, this.flushes)] as const;
    });
    bucket.touched = [];
    return { bucket, rows };
  }

  /** Call after a flush is written: keeps memory within its bounds. */
  trim(): void {
    if (this.texts.size > TEXTS_MAX) return this.beginAnew();
    if (this.pool.size > RESIDENT_ROWS_MAX) this.evict(this.flushes - 1);
    if (this.pool.size > RESIDENT_ROWS_MAX) this.evict(this.flushes);
  }

  private evict(since: number): void {
    for (const site of this.sites.values()) {
      for (const { target } of Object.values(site.classes)) target.rows.evict(since);
    }
  }

  /** Forgets everything that is in the store, with all numbers of texts. */
  private beginAnew(): void {
    this.texts = new Texts();
    this.pool = new RowPool(this.dirty);
    this.sessions = new ChangeableSessions(this.source, this.texts);
    this.sites.clear();
  }

  private siteOf(siteId: string): SiteFold | null {
    const known = this.sites.get(siteId);
    if (known !== undefined) return known;
    const definitions = this.definitionsOf(siteId);
    if (definitions === undefined) return null;
    const { texts, source, pool } = this;
    const group = (trafficClass: TrafficClass) => this.sessions.group(siteId, trafficClass);
    const site = openSite(siteId, definitions, { texts, source, pool, group });
    this.sites.set(siteId, site);
    return site;
  }

  private readonly dirty = (bucket: LiveBucket): void => {
    this.touched.push(bucket);
  };

  /** A deleted site leaves nothing behind; a later site of the same id starts from nothing. */
  private forgetSite(siteId: string): void {
    this.pool.countVisitors();
    const site = this.sites.get(siteId);
    if (site !== undefined)
      for (const { target } of Object.values(site.classes)) target.rows.forget();
    this.sites.delete(siteId);
    this.touched = this.touched.filter((bucket) => bucket.siteId !== siteId);
    this.deletions.push(...(this.sessions.forgetSite(siteId) as (readonly [string, null])[]));
    this.deletedSites.push(siteId);
  }

  /** The event at hand, in an object that is filled again with the next one. */
  private sessionEvent(from: Envelope, site: SiteFold): SessionEvent {
    const { event } = this;
    const { occurredAt, data } = from;
    const { money } = data;
    const isOurMoney = money !== null && money.currency === site.definitions.currency;
    event.id = from.id;
    event.occurredAt = occurredAt;
    event.loggedAt = this.loggedAt;
    event.isView = from.type === 'page_view' || from.type === 'screen_view';
    event.isFirstSession = from.sessionNumber === 1;
    event.day = site.calendar.dayBucket(occurredAt);
    event.hour = site.calendar.hourBucket(occurredAt);
    event.minute = Math.floor(occurredAt / MINUTE_MS);
    event.engagedMs = from.type === 'user_engagement' ? data.engagedMs : 0;
    event.scrollPercent = data.scrollPercent;
    event.revenue = isOurMoney ? money.amount : 0;
    event.foreignMoney = money !== null && !isOurMoney ? 1 : 0;
    event.conclusions = site.classify(from);
    event.views = event.isView ? 1 : 0;
    event.keyEvents = event.conclusions.keyEvents.length > 0 ? 1 : 0;
    return event;
  }
}
