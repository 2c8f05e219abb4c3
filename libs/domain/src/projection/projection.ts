/**
 * The fold: events in, rows and state out. A deterministic function of one partition's log prefix:
 * no clock, no chance, no outside facts.
 *
 *   event → dedupe → classify → sessionise → contribution(before, after) → rows
 */
import type { Envelope } from '#events';
import { hash64 } from '#events';
import { type Calendar, createCalendar } from '../calendar.js';
import { type Classifier, createClassifier } from '../classify/classify.js';
import { TRAFFIC_CLASSES, type TrafficClass } from '../classify/conclusions.js';
import { Dedupe } from '../dedupe.js';
import type { Definitions } from '../definitions.js';
import { visitorKey } from '../hyper-log-log.js';
import { encodeRow } from '../row.js';
import { ChangeableSessions } from '../session/changeable-sessions.js';
import type { SessionEvent } from '../session/session-event.js';
import { applyEvent } from './apply-event.js';
import { reportNumber } from './contribution.js';
import { type LiveRow, LiveRows, rollUp } from './live-rows.js';
import type { ProjectionFlush, RowSource, StateSource } from './source.js';

const MINUTE_MS = 60_000;
/** Rows kept in memory between flushes: about 600 bytes each for the long tail. */
const RESIDENT_ROWS_MAX = 150_000;

/** What one site needs while its events are folded. */
interface SiteFold {
  readonly definitions: Definitions;
  readonly calendar: Calendar;
  readonly classify: Classifier;
  readonly rows: Map<TrafficClass, LiveRows>;
  activity: { firstEventAt: number; lastEventAt: number } | null;
}

/** How the fold asks for the rules of a site; `undefined` = no such site, its events are skipped. */
export type DefinitionsOf = (siteId: string) => Definitions | undefined;

export class Projection {
  private readonly dedupe: Dedupe;
  private readonly sessions: ChangeableSessions;
  private readonly sites = new Map<string, SiteFold | null>();
  private touched: LiveRow[] = [];
  private deletions: (readonly [string, null])[] = [];
  private deletedSites: string[] = [];
  private flushes = 1;
  private loggedAt: number;
  /** Minutes before this one are not written for realtime; set by whoever knows the clock. */
  realtimeFrom = 0;

  constructor(
    private readonly source: RowSource & StateSource,
    private readonly definitionsOf: DefinitionsOf,
    loggedAt: number,
  ) {
    this.dedupe = new Dedupe(source);
    this.sessions = new ChangeableSessions(source);
    this.loggedAt = loggedAt;
  }

  /** The log's own time: newest `receivedAt` folded. */
  get receivedAt(): number {
    return this.loggedAt;
  }

  /** Rows and visitors that changed since the last flush: when to flush, whoever folds decides. */
  get pending(): number {
    return this.touched.length + this.sessions.dirtyCount;
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
    const hash = hash64(`${event.siteId}\n${event.id}`);
    if (this.dedupe.isDuplicate(hash.high, hash.low, event.receivedAt)) return;
    const { occurredAt } = event;
    const { activity } = site;
    site.activity = {
      firstEventAt: Math.min(activity?.firstEventAt ?? occurredAt, occurredAt),
      lastEventAt: Math.max(activity?.lastEventAt ?? occurredAt, occurredAt),
    };
    const sessionEvent = this.sessionEvent(event, site);
    const { trafficClass } = sessionEvent.conclusions;
    const visitor = this.sessions.of(event.siteId, trafficClass, event.visitorId, this.loggedAt);
    applyEvent(visitor, sessionEvent, {
      rows: site.rows.get(trafficClass) as LiveRows,
      realtimeFrom: this.realtimeFrom,
      calendar: site.calendar,
      timeoutMs: site.definitions.sessionTimeoutMinutes * MINUTE_MS,
      engagementThresholdMs: site.definitions.engagementThresholdSeconds * 1000,
    });
    this.sessions.changed(visitor);
  }

  /** Everything that changed since the last flush; the fold goes on only after it is written. */
  flush(): ProjectionFlush {
    const days = this.touched;
    for (const day of days) if (day.key.kind === 'day') this.rollUpMonth(day);
    const rows = this.touched.map((live) => {
      live.isDirty = false;
      live.usedIn = this.flushes;
      live.changes.length = 0;
      for (let index = 0; index < live.flushed.length; index += 1) {
        live.flushed[index] = live.row.counters[index] as number;
      }
      return [live.key, encodeRow(live.row)] as const;
    });
    const activity: [string, { firstEventAt: number; lastEventAt: number }][] = [];
    for (const [siteId, site] of this.sites) {
      if (site?.activity == null) continue;
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

  /** Call after a flush is written: keeps memory within its bounds. */
  trim(): void {
    let size = 0;
    for (const rows of this.allRows()) size += rows.size;
    if (size <= RESIDENT_ROWS_MAX) return;
    for (const rows of this.allRows()) rows.evict(this.flushes - 1);
    size = 0;
    for (const rows of this.allRows()) size += rows.size;
    if (size > RESIDENT_ROWS_MAX) for (const rows of this.allRows()) rows.evict(this.flushes);
  }

  private *allRows(): Iterable<LiveRows> {
    for (const site of this.sites.values()) if (site !== null) yield* site.rows.values();
  }

  private rollUpMonth(day: LiveRow): void {
    const site = this.sites.get(day.key.siteId) as SiteFold;
    const rows = site.rows.get(day.key.trafficClass) as LiveRows;
    const month = site.calendar.monthBucket(day.key.bucket);
    rollUp(rows.at(reportNumber(day.report.dimension), 'month', month, day.key.value), day);
  }

  private siteOf(siteId: string): SiteFold | null {
    const known = this.sites.get(siteId);
    if (known !== undefined) return known;
    const definitions = this.definitionsOf(siteId);
    if (definitions === undefined) return null;
    const site: SiteFold = {
      definitions,
      calendar: createCalendar(definitions.timeZone),
      classify: createClassifier(definitions),
      rows: new Map(
        TRAFFIC_CLASSES.map((each) => [each, new LiveRows(siteId, each, this.source, this.dirty)]),
      ),
      activity: null,
    };
    this.sites.set(siteId, site);
    return site;
  }

  private readonly dirty = (live: LiveRow): void => {
    this.touched.push(live);
  };

  /** A deleted site leaves nothing behind; a later site of the same id starts from nothing. */
  private forgetSite(siteId: string): void {
    this.sites.delete(siteId);
    this.touched = this.touched.filter((live) => live.key.siteId !== siteId);
    this.deletions.push(...(this.sessions.forgetSite(siteId) as (readonly [string, null])[]));
    this.deletedSites.push(siteId);
  }

  private sessionEvent(event: Envelope, site: SiteFold): SessionEvent {
    const { occurredAt, data } = event;
    const { money } = data;
    const isOurMoney = money !== null && money.currency === site.definitions.currency;
    return {
      id: event.id,
      occurredAt,
      loggedAt: this.loggedAt,
      name: event.name,
      isView: event.type === 'page_view' || event.type === 'screen_view',
      isFirstSession: event.sessionNumber === 1,
      visitorKey: visitorKey(event.visitorHashHigh, event.visitorHashLow),
      day: site.calendar.dayBucket(occurredAt),
      hour: site.calendar.hourBucket(occurredAt),
      minute: Math.floor(occurredAt / MINUTE_MS),
      engagedMs: event.type === 'user_engagement' ? data.engagedMs : 0,
      revenue: isOurMoney ? money.amount : 0,
      foreignMoney: money !== null && !isOurMoney ? 1 : 0,
      conclusions: site.classify(event),
    };
  }
}
