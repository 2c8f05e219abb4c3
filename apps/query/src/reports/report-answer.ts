import { METRICS, type Metric, type MetricScope } from '#domain';
import { badInput } from '../query-error.js';
import type { ReportPlan } from './report-plan.js';
import { isEventDimension, isValueDimension } from './report-plan.js';
import type { Sum, SumRow } from './sum-row.js';

/** Values of metrics by field name; `null` = not defined here. */
export type MetricValues = Readonly<Record<string, number | null>>;

export interface OrderInput {
  readonly metric?: string | null;
  readonly dimension?: string | null;
  readonly direction?: string | null;
}

/** Metrics that a dimension does not define: their values are `null`, with a warning. */
export function undefinedMetrics(dimension: string | null): readonly Metric[] {
  return METRICS.filter(({ scope }) => !isDefined(scope, dimension));
}

function isDefined(scope: MetricScope, dimension: string | null): boolean {
  if (scope === 'byPage') return dimension === 'PAGE';
  if (scope === 'byPageOrDevice') {
    return !isValueDimension(dimension) || dimension === 'PAGE' || dimension === 'DEVICE';
  }
  if (!isEventDimension(dimension) || scope === 'any') return true;
  return scope === 'pageOnlyByEvent' && dimension === 'PAGE';
}

/** The metrics of a sum that were asked for. */
export function valuesOf(
  sum: Sum,
  asked: ReadonlySet<string>,
  undefinedOnes: readonly Metric[],
): MetricValues {
  const values: Record<string, number | null> = {};
  for (const metric of METRICS) {
    if (!asked.has(metric.name)) continue;
    values[metric.name] = undefinedOnes.includes(metric) ? null : valueOfMetric(metric, sum);
  }
  return values;
}

function valueOfMetric(metric: Metric, sum: Sum): number | null {
  const visitors = metric.needsVisitors ? sum.visitors() : 0;
  return metric.value(sum.counters, visitors, metric.needsCells ? sum.cells() : null);
}

/** Name of a metric's field: `BOUNCE_RATE` → `bounceRate`. */
export function fieldOf(metric: string): string {
  return metric.toLowerCase().replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
}

/** Name of a field's metric: `bounceRate` → `BOUNCE_RATE`. */
export function enumOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

type Compare = (a: SumRow, b: SumRow) => number;

/** Orders rows as asked, else by time, then visitors; ties by value in code-point order. */
export function orderRows(
  rows: readonly SumRow[],
  orders: readonly OrderInput[],
  plan: ReportPlan,
): SumRow[] {
  const asked = orders.map((order) => comparison(order, plan));
  const byDefault: Compare[] = [(a, b) => a.at - b.at, (a, b) => b.visitors() - a.visitors()];
  const ties: Compare[] = [(a, b) => compareText(a.value, b.value), (a, b) => a.at - b.at];
  const all = [...(asked.length > 0 ? asked : byDefault), ...ties];
  return [...rows].sort((a, b) => {
    for (const compare of all) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function comparison({ metric, dimension, direction }: OrderInput, plan: ReportPlan): Compare {
  const sign = direction === 'ASC' ? 1 : -1;
  if ((metric ?? null) === null && (dimension ?? null) === null) {
    throw badInput('orderBy needs a metric or a dimension');
  }
  if ((metric ?? null) !== null && (dimension ?? null) !== null) {
    throw badInput('orderBy takes a metric or a dimension, not both');
  }
  if (metric != null) return byMetric(fieldOf(metric), sign, plan);
  if (!plan.dimensions.includes(dimension as string)) {
    const allowed = plan.dimensions.join(', ') || 'none';
    throw badInput(`orderBy.dimension must be one of the dimensions asked for: ${allowed}`);
  }
  if (dimension === plan.series?.dimension) return (a, b) => sign * (a.at - b.at);
  return (a, b) => sign * compareText(a.value, b.value);
}

function byMetric(field: string, sign: number, plan: ReportPlan): Compare {
  const metric = METRICS.find(({ name }) => name === field);
  const isDefined =
    metric !== undefined && !undefinedMetrics(plan.report.dimension).includes(metric);
  if (!isDefined) return () => 0;
  const values = new Map<SumRow, number | null>();
  const numberOf = (row: SumRow): number | null => {
    const known = values.get(row);
    if (known !== undefined) return known;
    const value = valueOfMetric(metric, row);
    values.set(row, value);
    return value;
  };
  return (a, b) => {
    const [left, right] = [numberOf(a), numberOf(b)];
    // What is not defined comes last, whichever the direction.
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * (left - right);
  };
}

/** Code-point order; JavaScript's own compares UTF-16 units, which differs beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  const least = Math.min(a.length, b.length);
  let index = 0;
  while (index < least && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  if (index === least) return a.length - b.length;
  const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
  const isHalf = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
  if (isHalf(left) !== isHalf(right)) {
    // Half of a pair stands for something above U+FFFF, which is above every whole unit.
    return isHalf(left) ? 1 : -1;
  }
  return left - right;
}
