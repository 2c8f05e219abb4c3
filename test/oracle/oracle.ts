/**
 * An independent recomputation of every number, written from the contract's words: lists, sorting,
 * grouping, sets. It imports nothing of the product.
 */
import { type Fact, factOf } from './attributes.js';
import { type LocalTime, localTime } from './local-time.js';
import { INTERACTIONS, Samples } from './signals.js';
import type { Arrival, OracleSite } from './wire.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOT_SET = '(not set)';
const EVENT_DIMENSIONS = ['PAGE', 'TITLE', 'HOSTNAME', 'EVENT', 'KEY_EVENT', ...INTERACTIONS];
const TIME_DIMENSIONS = ['HOUR', 'DAY', 'WEEK', 'MONTH', 'HOUR_OF_WEEK'];

interface Session {
  readonly facts: readonly Fact[];
  readonly start: number;
  readonly end: number;
  readonly views: readonly Fact[];
  readonly isEngaged: boolean;
  readonly isNew: boolean;
  readonly hasKeyEvent: boolean;
  readonly values: Readonly<Record<string, string>>;
}

export type OracleMetrics = Readonly<Record<string, number | null>>;

export interface OracleQuestion {
  readonly from: string;
  readonly to: string;
  readonly dimension: string | null;
  readonly time: string | null;
  readonly bots: 'EXCLUDE' | 'INCLUDE' | 'ONLY';
}

/** The numbers of one site. */
export class Oracle {
  private readonly facts: Fact[] = [];
  private readonly sessions = { human: [] as Session[], bot: [] as Session[] };

  constructor(
    private readonly site: OracleSite,
    arrivals: readonly Arrival[],
  ) {
    const seen = new Map<string, number>();
    for (const arrival of arrivals) {
      for (const event of arrival.batch.e) {
        const first = seen.get(event.i);
        if (first !== undefined && arrival.receivedAt - first <= 8 * DAY_MS) continue;
        seen.set(event.i, arrival.receivedAt);
        this.facts.push(factOf(arrival, event, site));
      }
    }
    for (const kind of ['human', 'bot'] as const) {
      const byVisitor = new Map<string, Fact[]>();
      for (const fact of this.facts.filter((each) => each.kind === kind)) {
        byVisitor.set(fact.visitor, [...(byVisitor.get(fact.visitor) ?? []), fact]);
      }
      for (const facts of byVisitor.values()) this.sessions[kind].push(...sessionsOf(facts));
    }
  }

  /** Numbers by label: `value` and `bucket` of each row that has anything in it. */
  rows(question: OracleQuestion): Map<string, OracleMetrics> {
    const groups = new Map<string, Group>();
    const { dimension, time, from, to } = question;
    const group = (value: string, ms: number): Group | null => {
      const local = this.local(ms);
      if (local.day < from || local.day > to) return null;
      const key = JSON.stringify([
        dimension === null ? '' : value,
        time === null ? '' : bucketOf(local, time),
      ]);
      const found = groups.get(key) ?? new Group();
      groups.set(key, found);
      return found;
    };
    for (const session of this.of(question.bots)) {
      if (dimension !== null && EVENT_DIMENSIONS.includes(dimension))
        byEvents(session, dimension, group);
      else
        bySession(session, dimension === null ? '' : (session.values[dimension] as string), group);
    }
    return new Map([...groups].map(([key, each]) => [key, each.metrics(dimension)]));
  }

  /** Numbers without a dimension. */
  totals(question: OracleQuestion): OracleMetrics {
    const rows = this.rows({ ...question, dimension: null, time: null });
    return [...rows.values()][0] ?? new Group().metrics(null);
  }

  private of(bots: OracleQuestion['bots']): Session[] {
    if (bots === 'INCLUDE') return [...this.sessions.human, ...this.sessions.bot];
    return bots === 'ONLY' ? this.sessions.bot : this.sessions.human;
  }

  private local(ms: number): LocalTime {
    return localTime(ms, this.site.timeZone);
  }
}

type GroupOf = (value: string, ms: number) => Group | null;

function bySession(session: Session, value: string, group: GroupOf): void {
  for (const fact of session.facts) group(value, fact.at)?.addEvent(fact);
  group(value, session.start)?.addSession(session);
}

function byEvents(session: Session, dimension: string, group: GroupOf): void {
  const met = new Map<string, number>();
  for (const fact of session.facts) {
    for (const value of eventValues(fact, dimension)) {
      group(value, fact.at)?.addEvent(fact);
      met.set(value, Math.min(met.get(value) ?? fact.at, fact.at));
    }
  }
  for (const [value, at] of met) group(value, at)?.addMeeting(session);
  if (dimension === 'PAGE') byScroll(session, met, group);
  if (dimension !== 'PAGE' || session.views.length === 0) return;
  group(session.values['ENTRY_PAGE'] as string, session.start)?.add('entries');
  group(session.values['EXIT_PAGE'] as string, session.start)?.add('exits');
}

/** The deepest that the session scrolled on each page. */
function byScroll(session: Session, met: ReadonlyMap<string, number>, group: GroupOf): void {
  for (const [page, at] of met) {
    const depths = session.facts
      .filter((fact) => fact.page === page && fact.signals.scroll !== null)
      .map((fact) => fact.signals.scroll as number);
    if (depths.length === 0) continue;
    group(page, at)?.add('scrolled');
    group(page, at)?.add('scrollPercent', Math.max(...depths));
  }
}

function eventValues(fact: Fact, dimension: string): readonly string[] {
  if (dimension === 'PAGE') return [fact.page];
  if (dimension === 'TITLE') return [fact.title];
  if (dimension === 'HOSTNAME') return [fact.hostname];
  if (dimension === 'KEY_EVENT') return fact.keyEvents;
  const value = fact.signals.values[dimension];
  if (INTERACTIONS.includes(dimension)) return value === undefined ? [] : [value];
  return [fact.name];
}

function bucketOf(local: LocalTime, time: string): string {
  const names: Record<string, keyof LocalTime> = {
    HOUR: 'hour',
    DAY: 'day',
    WEEK: 'week',
    MONTH: 'month',
    HOUR_OF_WEEK: 'hourOfWeek',
  };
  if (!TIME_DIMENSIONS.includes(time)) throw new Error(time);
  return local[names[time] as keyof LocalTime];
}

/** Sums of one row. */
class Group {
  private readonly sums: Record<string, number> = {};
  private readonly visitors = new Set<string>();
  private readonly samples = new Samples();

  add(name: string, n = 1): void {
    this.sums[name] = (this.sums[name] ?? 0) + n;
  }

  addEvent(fact: Fact): void {
    this.visitors.add(fact.visitor);
    this.add('events');
    if (fact.isView) this.add('views');
    if (fact.keyEvents.length > 0) this.add('keyEvents');
    this.add('engagementTime', fact.engagedSeconds * 1000);
    this.add('revenue', fact.revenue);
    this.samples.add(fact.signals.samples);
  }

  addMeeting(session: Session): void {
    this.add('sessions');
    if (session.isEngaged) this.add('engagedSessions');
    if (session.hasKeyEvent) this.add('withKeyEvent');
  }

  addSession(session: Session): void {
    this.addMeeting(session);
    this.add('sessionDuration', session.end - session.start);
    if (session.isNew) this.add('newVisitors');
    if (session.views.length > 0) {
      this.add('entries');
      this.add('exits');
    }
  }

  metrics(dimension: string | null): OracleMetrics {
    const n = (name: string) => this.sums[name] ?? 0;
    const ratio = (a: number, b: number) => (b === 0 ? null : a / b);
    const isEvent = dimension !== null && EVENT_DIMENSIONS.includes(dimension);
    const whole = (value: number | null) => (isEvent ? null : value);
    const edge = (value: number) => (isEvent && dimension !== 'PAGE' ? null : value);
    const visitors = this.visitors.size;
    const bounces = n('sessions') - n('engagedSessions');
    return {
      visitors,
      newVisitors: whole(n('newVisitors')),
      returningVisitors: whole(Math.max(0, visitors - n('newVisitors'))),
      sessions: n('sessions'),
      engagedSessions: n('engagedSessions'),
      bounces,
      bounceRate: ratio(bounces, n('sessions')),
      engagementRate: ratio(n('engagedSessions'), n('sessions')),
      views: n('views'),
      events: n('events'),
      viewsPerSession: ratio(n('views'), n('sessions')),
      sessionDuration: whole(n('sessionDuration') / 1000),
      averageSessionDuration: whole(ratio(n('sessionDuration') / 1000, n('sessions'))),
      engagementTime: n('engagementTime') / 1000,
      averageEngagementTime: ratio(n('engagementTime') / 1000, visitors),
      entries: edge(n('entries')),
      exits: edge(n('exits')),
      keyEvents: n('keyEvents'),
      keyEventRate: ratio(n('withKeyEvent'), n('sessions')),
      revenue: n('revenue') / 10_000,
      scrollDepth: dimension === 'PAGE' ? ratio(n('scrollPercent'), n('scrolled')) : null,
      ...this.samples.metrics(dimension === null || ['PAGE', 'DEVICE'].includes(dimension)),
    };
  }
}

/** One visitor's events of one class, cut into sessions. */
function sessionsOf(facts: readonly Fact[]): Session[] {
  const sorted = [...facts].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const groups: Fact[][] = [];
  for (const fact of sorted) {
    const current = groups.at(-1);
    const last = current?.at(-1);
    const isSame =
      current !== undefined &&
      last !== undefined &&
      fact.at - last.at <= 30 * MINUTE_MS &&
      fact.at - (current[0] as Fact).at <= DAY_MS;
    if (isSame) current.push(fact);
    else groups.push([fact]);
  }
  return groups.map(sessionOf);
}

function sessionOf(facts: readonly Fact[]): Session {
  const first = facts[0] as Fact;
  const last = facts.at(-1) as Fact;
  const views = facts.filter((fact) => fact.isView);
  const hasKeyEvent = facts.some((fact) => fact.keyEvents.length > 0);
  const firstWith = (key: 'language' | 'screen' | 'country') =>
    facts.find((fact) => fact[key] !== null)?.[key] ?? NOT_SET;
  return {
    facts,
    start: first.at,
    end: last.at,
    views,
    isEngaged: last.at - first.at > 10_000 || views.length >= 2 || hasKeyEvent,
    isNew: facts.some((fact) => fact.isFirstSession),
    hasKeyEvent,
    values: {
      ...(views[0] ?? first).acquisition,
      ENTRY_PAGE: views[0]?.page ?? NOT_SET,
      EXIT_PAGE: views.at(-1)?.page ?? NOT_SET,
      LANGUAGE: firstWith('language'),
      SCREEN: firstWith('screen'),
      COUNTRY: firstWith('country'),
      DEVICE: first.device,
    },
  };
}
