import { type Calendar, createCalendar } from '#domain';
import { type Registry, type ReportStore, type Site, siteKeyOf } from '#readmodel';
import { badInput, unavailable } from '../query-error.js';
import type { ReportQuestion, WarningAnswer } from './question.js';
import { type DaySpan, resolveComparison, resolveRange } from './range.js';
import { hoursOfSpan, planReport, type ReportPlan } from './report-plan.js';

/** Days of a series with one row an hour: more would be a million rows. */
const HOURLY_DAYS_MAX = 400;

/** What a question is looked at with. */
export interface SceneParts {
  readonly store: ReportStore;
  readonly registry: Registry;
  readonly now: () => number;
}

/** Everything that is fixed while one question is answered. */
export interface ReportScene {
  readonly generation: string;
  readonly calendar: Calendar;
  readonly definitionsId: string;
  readonly span: DaySpan;
  readonly previousSpan: DaySpan | null;
  readonly plan: ReportPlan;
  readonly warnings: readonly WarningAnswer[];
  /** Hours that the compared side is cut to; `null` = whole. */
  readonly cutHours: number | null;
}

const calendars = new Map<string, Calendar>();

/** Which days, buckets and definitions a question is about. Throws `QueryError` when it cannot be answered. */
export async function sceneOf(
  { store, registry, now }: SceneParts,
  site: Site,
  generation: string,
  question: ReportQuestion,
): Promise<ReportScene> {
  if ((question.filter ?? null) !== null) {
    throw badInput('filter is not available yet: leave it out');
  }
  const definitions = registry.view().definitions(siteKeyOf(site), generation);
  if (definitions === undefined) {
    throw unavailable(`generation ${generation} does not hold site “${site.id}”`);
  }
  const calendar = calendarOf(definitions.timeZone);
  const activity = await store.activity(generation, siteKeyOf(site));
  const firstDay = activity === null ? null : calendar.dayBucket(activity.firstEventAt);
  const context = { calendar, now: now(), firstDay };
  const span = resolveRange(question.range, context);
  const compare = question.compare ?? null;
  const plan = planReport(question.dimensions ?? [], span, question.bots ?? 'EXCLUDE', calendar);
  const isHourly = plan.reads[0]?.kind === 'hour';
  if (isHourly && span.to - span.from >= HOURLY_DAYS_MAX) {
    throw badInput(`a range by hours may have ${HOURLY_DAYS_MAX} days`);
  }
  const cutHours = compare?.cut === true ? cutHoursOf(span, calendar, context.now) : null;
  return {
    generation,
    calendar,
    definitionsId: definitions.id,
    span,
    plan,
    warnings: cutHours !== null && plan.report.dimension !== null ? [NOT_CUT] : [],
    cutHours,
    previousSpan: compare === null ? null : resolveComparison(compare, span, context),
  };
}

const NOT_CUT: WarningAnswer = {
  code: 'NOT_CUT',
  message: 'The compared rows are of whole days: hours are kept for totals only.',
  metric: null,
};

/** The calendar of a zone, made once: it learns the zone's offsets. */
function calendarOf(timeZone: string): Calendar {
  const known = calendars.get(timeZone) ?? createCalendar(timeZone);
  calendars.set(timeZone, known);
  return known;
}

/** Whole hours of the range that are over; `null` when all of it is. */
function cutHoursOf(span: DaySpan, calendar: Calendar, now: number): number | null {
  if (calendar.startOfDay(span.to + 1) <= now) return null;
  const current = calendar.hourBucket(now);
  return hoursOfSpan(span, calendar).filter((hour) => hour < current).length;
}
