import type { OrderInput } from './report-answer.js';
import type { ReportPlan } from './report-plan.js';
import type { SumRow } from './report-reader.js';

/** Whether the order of an answer begins with the most visitors, as it does unless asked otherwise. */
export function isByVisitors(orders: readonly OrderInput[], plan: ReportPlan): boolean {
  if (plan.series !== null) return false;
  const first = orders[0];
  return first === undefined || (first.metric === 'VISITORS' && first.direction !== 'ASC');
}

/**
 * Parts rows into those that may be among the `needed` first by visitors, and those that cannot: whose
 * visitors, even if no two buckets had one in common, are fewer than what so many others have at least.
 * The union of visitors, the costly part of an answer, is formed for the former only.
 */
export function splitByBound(
  rows: readonly SumRow[],
  needed: number,
): { candidates: readonly SumRow[]; rest: readonly SumRow[] } {
  if (rows.length <= needed) return { candidates: rows, rest: [] };
  const least = Float64Array.from(rows, (row) => row.sum.visitorsAtLeast).sort();
  const threshold = least[least.length - needed] ?? Number.POSITIVE_INFINITY;
  const candidates: SumRow[] = [];
  const rest: SumRow[] = [];
  for (const row of rows) (row.sum.visitorsAtMost >= threshold ? candidates : rest).push(row);
  return { candidates, rest };
}
