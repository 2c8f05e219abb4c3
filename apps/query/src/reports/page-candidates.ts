import type { OrderInput } from './report-answer.js';
import type { ReportPlan } from './report-plan.js';

/** Whether the order of an answer begins with the most visitors, as it does unless asked otherwise. */
export function isByVisitors(orders: readonly OrderInput[], plan: ReportPlan): boolean {
  if (plan.series !== null) return false;
  const first = orders[0];
  return first === undefined || (first.metric === 'VISITORS' && first.direction !== 'ASC');
}

/** Unions are formed in lots of this size before it is looked who may still come. */
const LOT = 16;

/**
 * Parts rows into those that may be among the `needed` first by visitors, and those that cannot: whose
 * visitors, even if no two buckets had one in common, are fewer than what so many others have. The
 * union of visitors, the costly part of an answer, is formed for the former only.
 */
export function splitByBound<T extends { readonly visitorsAtMost: number; visitors(): number }>(
  rows: readonly T[],
  needed: number,
): { candidates: readonly T[]; rest: readonly T[] } {
  if (rows.length <= needed) return { candidates: rows, rest: [] };
  if (needed === 0) return { candidates: [], rest: rows };
  const most = Float64Array.from(rows, (row) => row.visitorsAtMost);
  const first = most.toSorted().at(-needed) as number;
  const candidates = rows.filter((_row, index) => (most[index] as number) >= first);
  const counts = candidates.map((row) => row.visitors());
  let threshold = thresholdOf(counts, needed);
  const left = rows
    .map((row, index) => ({ row, most: most[index] as number }))
    .filter((each) => each.most < first && each.most >= threshold)
    .sort((a, b) => b.most - a.most);
  for (let next = 0; next < left.length; next += LOT) {
    if ((left[next] as (typeof left)[number]).most < threshold) break;
    for (const { row } of left.slice(next, next + LOT)) {
      candidates.push(row);
      counts.push(row.visitors());
    }
    threshold = thresholdOf(counts, needed);
  }
  const chosen = new Set(candidates);
  return { candidates, rest: rows.filter((row) => !chosen.has(row)) };
}

/** What a row has to reach to be among the `needed` first of those counted. */
function thresholdOf(counts: readonly number[], needed: number): number {
  return Float64Array.from(counts).sort().at(-needed) as number;
}
