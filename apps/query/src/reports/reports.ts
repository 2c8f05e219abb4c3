import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Calendar, createCalendar, HISTOGRAM_ERROR, METRICS } from '#domain';
import type { EventLog } from '#eventlog';
import type { Registry, ReportStore, Site } from '#readmodel';
import { badInput, QueryError, unavailable } from '../query-error.js';
import { neededRows, pageOf, sizeOf } from './answer-page.js';
import { freshnessOf, watermarkOf } from './freshness.js';
import { PackedBuckets, type ReadContext } from './packed-buckets.js';
import { isByVisitors, splitByBound } from './page-candidates.js';
import type { ReportAnswer, ReportQuestion, Selection, WarningAnswer } from './question.js';
import { type DaySpan, resolveComparison, resolveRange } from './range.js';
import { type OrderInput, orderRows, undefinedMetrics, valuesOf } from './report-answer.js';
import { cutPlan, hoursOfSpan, planReport, type ReportPlan } from './report-plan.js';
import { hasOther, readCompared, readRows, withZeros } from './report-reader.js';
import { emptyRow, type Sum, type SumRow } from './sum-row.js';
import { warningsOf } from './warnings.js';

/** Bytes of answers kept; what they were computed from has changed long before this is full. */
const CACHE_BYTES_MAX = 32 * 1024 * 1024;
/** Days of a series with one row an hour: more would be a million rows. */
const HOURLY_DAYS_MAX = 400;
/** What reports are read from. */
export interface ReportParts {
  readonly store: ReportStore;
  readonly registry: Registry;
  readonly log: EventLog;
  readonly now: () => number;
}

/** Everything that is fixed while one question is answered. */
interface Scene {
  readonly site: Site;
  readonly generation: string;
  readonly calendar: Calendar;
  readonly definitionsId: string;
  readonly now: number;
  readonly span: DaySpan;
  readonly previousSpan: DaySpan | null;
  readonly plan: ReportPlan;
  readonly warnings: WarningAnswer[];
  /** Hours that the compared side is cut to; `null` = whole. */
  readonly cutHours: number | null;
}

/** Answers questions about one site from stored rows. */
export class Reports {
  private readonly calendars = new Map<string, Calendar>();
  private readonly cache = new LRUCache<string, Promise<ReportAnswer>>({
    maxSize: CACHE_BYTES_MAX,
  });

  private readonly packed: PackedBuckets;

  constructor(private readonly parts: ReportParts) {
    this.packed = new PackedBuckets(parts.store);
  }

  /** The calendar of a zone, made once: it learns the zone's offsets. */
  calendarOf(timeZone: string): Calendar {
    const known = this.calendars.get(timeZone) ?? createCalendar(timeZone);
    this.calendars.set(timeZone, known);
    return known;
  }

  /** Answers one question; the same one again from memory while no new event has arrived. */
  async report(site: Site, question: ReportQuestion, selection: Selection): Promise<ReportAnswer> {
    const generation = this.generationOf(site, question);
    const checkpoints = await this.parts.store.checkpoints(generation);
    const mark = watermarkOf(site, this.parts.log.partitions, checkpoints);
    const minute = Math.floor(this.parts.now() / 60_000);
    const asked = JSON.stringify([
      question,
      [...selection.totals],
      [...selection.previous],
      [...selection.rows],
      [...selection.rowsPrevious],
      selection.needsRows,
    ]);
    const key = createHash('sha256')
      .update(`${site.id}\n${generation}\n${mark}\n${minute}\n${asked}`)
      .digest('base64');
    const known = this.cache.get(key);
    const context = { packed: this.packed, generation, siteId: site.id, mark, tables: new Map() };
    const answer = known ?? this.compute(site, context, question, selection);
    if (known === undefined) this.cache.set(key, answer, { size: sizeOf(question) });
    try {
      const found = await answer;
      const asOf = await freshnessOf(site, this.parts.log, checkpoints, this.parts.now());
      return { ...found, meta: { ...found.meta, asOf } };
    } catch (error) {
      this.cache.delete(key);
      throw error;
    }
  }

  private generationOf(site: Site, question: ReportQuestion): string {
    const view = this.parts.registry.view();
    const live = view.liveGeneration(site.id).id;
    const asked = question.generation ?? live;
    if (!view.generations.has(asked)) {
      throw new QueryError('NOT_FOUND', `there is no generation “${asked}”`);
    }
    return asked;
  }

  private async compute(
    site: Site,
    context: ReadContext,
    question: ReportQuestion,
    selection: Selection,
  ): Promise<ReportAnswer> {
    const scene = await this.sceneOf(site, context.generation, question);
    const totalsOf = (span: DaySpan, isPrevious: boolean, fields: ReadonlySet<string>) =>
      this.totalsOf(scene, context, span, isPrevious, needsVisitors(fields));
    const { span, previousSpan, plan } = scene;
    const orders = question.orderBy ?? [];
    const rowVisitors =
      needsVisitors(selection.rows) || orders.length === 0 || ordersByVisitors(orders);
    const hasDimensions = plan.dimensions.length > 0;
    const [total, previousTotal, found, before] = await Promise.all([
      totalsOf(span, false, selection.totals),
      previousSpan === null ? null : totalsOf(previousSpan, true, selection.previous),
      hasDimensions && selection.needsRows ? readRows(plan, context, rowVisitors) : [],
      this.previousRows(scene, context, selection),
    ]);
    const rows = this.order(withZeros(found, plan), plan, question);
    const page = pageOf(rows, question);
    scene.warnings.push(...warningsOf(total, selection, scene.plan.report.dimension));
    const exactParts = [total, previousTotal, ...page.rows];
    const isEstimated = [...selection.totals, ...selection.rows].some((name) =>
      ESTIMATED.has(name),
    );
    const visitorsError = Math.max(...exactParts.map((sum) => sum?.errorRate ?? 0));
    const errorRate = isEstimated ? Math.max(HISTOGRAM_ERROR, visitorsError) : visitorsError;
    const none = undefinedMetrics(scene.plan.report.dimension);
    const noneInTotals = undefinedMetrics(null);
    return {
      totals: valuesOf(total, selection.totals, noneInTotals),
      previous:
        previousTotal === null ? null : valuesOf(previousTotal, selection.previous, noneInTotals),
      rows: page.rows.map((row) => ({
        dimensions: dimensionsOf(row, scene.plan),
        metrics: valuesOf(row, selection.rows, none),
        previous: before === null ? null : valuesOf(before(row), selection.rowsPrevious, none),
      })),
      rowCount: rows.length,
      pageInfo: page.info,
      meta: metaOf(scene, { errorRate, otherRow: hasOther(rows) }),
    };
  }

  private async sceneOf(site: Site, generation: string, question: ReportQuestion): Promise<Scene> {
    if ((question.filter ?? null) !== null) {
      throw badInput('filter is not available yet: leave it out');
    }
    const definitions = this.parts.registry.view().definitions(site.id, generation);
    if (definitions === undefined) {
      throw unavailable(`generation ${generation} does not hold site “${site.id}”`);
    }
    const calendar = this.calendarOf(definitions.timeZone);
    const now = this.parts.now();
    const activity = await this.parts.store.activity(generation, site.id);
    const firstDay = activity === null ? null : calendar.dayBucket(activity.firstEventAt);
    const context = { calendar, now, firstDay };
    const span = resolveRange(question.range, context);
    const compare = question.compare ?? null;
    const plan = planReport(question.dimensions ?? [], span, question.bots ?? 'EXCLUDE', calendar);
    const isHourly = plan.reads[0]?.kind === 'hour';
    if (isHourly && span.to - span.from >= HOURLY_DAYS_MAX) {
      throw badInput(`a range by hours may have ${HOURLY_DAYS_MAX} days`);
    }
    const warnings: WarningAnswer[] = [];
    const wantsCut = compare?.cut === true;
    const cutHours = wantsCut ? this.cutHoursOf(span, calendar, now) : null;
    if (cutHours !== null && plan.report.dimension !== null) {
      const message = 'The compared rows are of whole days: hours are kept for totals only.';
      warnings.push({ code: 'NOT_CUT', message, metric: null });
    }
    return {
      site,
      generation,
      calendar,
      definitionsId: definitions.id,
      now,
      span,
      plan,
      warnings,
      cutHours,
      previousSpan: compare === null ? null : resolveComparison(compare, span, context),
    };
  }

  /** Whole hours of the range that are over; `null` when all of it is. */
  private cutHoursOf(span: DaySpan, calendar: Calendar, now: number): number | null {
    if (calendar.startOfDay(span.to + 1) <= now) return null;
    const current = calendar.hourBucket(now);
    return hoursOfSpan(span, calendar).filter((hour) => hour < current).length;
  }

  private async totalsOf(
    scene: Scene,
    context: ReadContext,
    span: DaySpan,
    isPrevious: boolean,
    withVisitors: boolean,
  ): Promise<Sum> {
    const { calendar, plan, cutHours } = scene;
    const whole = { ...planReport([], span, 'EXCLUDE', calendar), classes: plan.classes };
    const asked =
      isPrevious && cutHours !== null ? cutPlan(whole, span, cutHours, calendar) : whole;
    const [row = emptyRow(0)] = await readRows(asked, context, withVisitors);
    return row;
  }

  /** Rows of the compared side, found by position in time and by value. */
  private async previousRows(
    scene: Scene,
    context: ReadContext,
    selection: Selection,
  ): Promise<((row: SumRow) => SumRow) | null> {
    const { previousSpan, plan, calendar, cutHours } = scene;
    if (previousSpan === null || plan.dimensions.length === 0) return null;
    if (selection.rowsPrevious.size === 0) return null;
    const classes = { classes: plan.classes };
    const whole = { ...planReport(plan.dimensions, previousSpan, 'EXCLUDE', calendar), ...classes };
    const canCut = cutHours !== null && plan.report.dimension === null;
    const asked = canCut ? cutPlan(whole, previousSpan, cutHours, calendar) : whole;
    return readCompared(asked, context, needsVisitors(selection.rowsPrevious));
  }

  /** All rows; those from the first to the last that is needed are in order. */
  private order(rows: SumRow[], plan: ReportPlan, question: ReportQuestion): SumRow[] {
    const orders = question.orderBy ?? [];
    const wanted = question.search?.toLowerCase() ?? '';
    const found = wanted === '' ? rows : rows.filter((row) => matches(row, plan, wanted));
    const needed = isByVisitors(orders, plan) ? neededRows(question) : found.length;
    const { candidates, rest } = splitByBound(found, needed);
    return [...orderRows(candidates, orders, plan), ...rest];
  }
}

/** Metrics whose values are the middle of a bucket. */
const ESTIMATED = new Set(
  METRICS.filter((each) => each.needsCells && !each.exact).map(({ name }) => name),
);
const VISITOR_METRICS = new Set(
  METRICS.filter((each) => each.needsVisitors).map(({ name }) => name),
);

function needsVisitors(fields: ReadonlySet<string>): boolean {
  for (const field of fields) if (VISITOR_METRICS.has(field)) return true;
  return false;
}

function ordersByVisitors(orders: readonly OrderInput[]): boolean {
  return orders.some(({ metric }) => metric != null && /VISITORS|AVERAGE_ENGAGEMENT/.test(metric));
}

function matches(row: SumRow, plan: ReportPlan, wanted: string): boolean {
  return dimensionsOf(row, plan).some(({ value }) => value.toLowerCase().includes(wanted));
}

function dimensionsOf(row: SumRow, plan: ReportPlan): { name: string; value: string }[] {
  return plan.dimensions.map((name) => ({
    name,
    value: name === plan.series?.dimension ? (plan.series.labels[row.at] as string) : row.value,
  }));
}

function metaOf(
  scene: Scene,
  { errorRate, otherRow }: { errorRate: number; otherRow: boolean },
): Record<string, unknown> {
  const { calendar, span, previousSpan, cutHours } = scene;
  const instant = (ms: number) => new Date(ms).toISOString();
  const start = (day: number) => instant(calendar.startOfDay(day));
  return {
    from: start(span.from),
    to: start(span.to + 1),
    previousFrom: previousSpan && start(previousSpan.from),
    previousTo: previousSpan && previousEnd(previousSpan, cutHours, calendar),
    timeZone: calendar.timeZone,
    generation: scene.generation,
    definitions: scene.definitionsId,
    tier: 'REPORT',
    exact: errorRate === 0,
    errorRate,
    otherRow,
    warnings: scene.warnings,
  };
}

function previousEnd(span: DaySpan, cutHours: number | null, calendar: Calendar): string {
  const hours = cutHours === null ? [] : hoursOfSpan(span, calendar);
  const next = cutHours === null ? undefined : hours[cutHours];
  const ms = next === undefined ? calendar.startOfDay(span.to + 1) : calendar.startOfHour(next);
  return new Date(ms).toISOString();
}
