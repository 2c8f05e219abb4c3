import { HISTOGRAM_ERROR, METRICS } from '#domain';
import { metaOf } from './answer-meta.js';
import { neededRows, pageOf } from './answer-page.js';
import type { ReadContext } from './packed-buckets.js';
import { isByVisitors, splitByBound } from './page-candidates.js';
import type { ReportAnswer, ReportQuestion, Selection } from './question.js';
import type { DaySpan } from './range.js';
import { type OrderInput, orderRows, undefinedMetrics, valuesOf } from './report-answer.js';
import { cutPlan, planReport, type ReportPlan } from './report-plan.js';
import { hasOther, readCompared, readRows, withZeros } from './report-reader.js';
import type { ReportScene } from './report-scene.js';
import { emptyRow, type Sum, type SumRow } from './sum-row.js';
import { warningsOf } from './warnings.js';

/** Metrics whose values are the middle of a bucket. */
const ESTIMATED = new Set(
  METRICS.filter((each) => each.needsCells && !each.exact).map(({ name }) => name),
);
const VISITOR_METRICS = new Set(
  METRICS.filter((each) => each.needsVisitors).map(({ name }) => name),
);

/** Answers a question from stored buckets: totals, one page of rows, and both sides of a comparison. */
export async function answerQuestion(
  scene: ReportScene,
  context: ReadContext,
  question: ReportQuestion,
  selection: Selection,
): Promise<ReportAnswer> {
  const { span, previousSpan, plan } = scene;
  const orders = question.orderBy ?? [];
  const rowVisitors =
    needsVisitors(selection.rows) || orders.length === 0 || ordersByVisitors(orders);
  const wantsRows = plan.dimensions.length > 0 && selection.needsRows;
  const [total, previousTotal, found, before] = await Promise.all([
    readTotals(scene, context, { span, hours: null, asked: selection.totals }),
    previousSpan === null
      ? null
      : readTotals(scene, context, {
          span: previousSpan,
          hours: scene.cutHours,
          asked: selection.previous,
        }),
    wantsRows ? readRows(plan, context, rowVisitors) : [],
    readPrevious(scene, context, selection),
  ]);
  const rows = inOrder(withZeros(found, plan), plan, question);
  const page = pageOf(rows, question);
  const { dimension } = plan.report;
  const none = undefinedMetrics(dimension);
  const noneInTotals = undefinedMetrics(null);
  return {
    totals: valuesOf(total, selection.totals, noneInTotals),
    previous:
      previousTotal === null ? null : valuesOf(previousTotal, selection.previous, noneInTotals),
    rows: page.rows.map((row) => ({
      dimensions: dimensionsOf(row, plan),
      metrics: valuesOf(row, selection.rows, none),
      previous: before === null ? null : valuesOf(before(row), selection.rowsPrevious, none),
    })),
    rowCount: rows.length,
    pageInfo: page.info,
    meta: metaOf(scene, {
      errorRate: errorRateOf([total, previousTotal, ...page.rows], selection),
      otherRow: hasOther(rows),
      warnings: [...scene.warnings, ...warningsOf(total, selection, dimension)],
    }),
  };
}

/** Some days as one sum, or their first hours only. */
async function readTotals(
  { calendar, plan }: ReportScene,
  context: ReadContext,
  { span, hours, asked }: { span: DaySpan; hours: number | null; asked: ReadonlySet<string> },
): Promise<Sum> {
  const whole = { ...planReport([], span, 'EXCLUDE', calendar), classes: plan.classes };
  const cut = hours === null ? whole : cutPlan(whole, span, hours, calendar);
  const [row = emptyRow(0)] = await readRows(cut, context, needsVisitors(asked));
  return row;
}

/** Rows of the compared side, found by position in time and by value. */
async function readPrevious(
  { previousSpan, plan, calendar, cutHours }: ReportScene,
  context: ReadContext,
  selection: Selection,
): Promise<((row: SumRow) => SumRow) | null> {
  if (previousSpan === null || plan.dimensions.length === 0) return null;
  if (selection.rowsPrevious.size === 0) return null;
  const { classes } = plan;
  const whole = { ...planReport(plan.dimensions, previousSpan, 'EXCLUDE', calendar), classes };
  const canCut = cutHours !== null && plan.report.dimension === null;
  const asked = canCut ? cutPlan(whole, previousSpan, cutHours, calendar) : whole;
  return readCompared(asked, context, needsVisitors(selection.rowsPrevious));
}

/** All rows; those from the first to the last that is needed are in order. */
function inOrder(rows: SumRow[], plan: ReportPlan, question: ReportQuestion): SumRow[] {
  const orders = question.orderBy ?? [];
  const wanted = question.search?.toLowerCase() ?? '';
  const found = wanted === '' ? rows : rows.filter((row) => matches(row, plan, wanted));
  const needed = isByVisitors(orders, plan) ? neededRows(question) : found.length;
  const { candidates, rest } = splitByBound(found, needed);
  return [...orderRows(candidates, orders, plan), ...rest];
}

/** The largest error of what is shown; of estimated metrics at least that of a bucket. */
function errorRateOf(shown: readonly (Sum | null)[], selection: Selection): number {
  const ofVisitors = Math.max(...shown.map((sum) => sum?.errorRate ?? 0));
  const isEstimated = [...selection.totals, ...selection.rows].some((name) => ESTIMATED.has(name));
  return isEstimated ? Math.max(HISTOGRAM_ERROR, ofVisitors) : ofVisitors;
}

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
