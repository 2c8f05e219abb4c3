import type { OrderInput } from './report-answer.js';
import type { ReportPlan } from './report-plan.js';

/** Whether the order of an answer begins with the most visitors, as it does unless asked otherwise. */
export function isByVisitors(orders: readonly OrderInput[], plan: ReportPlan): boolean {
  if (plan.series !== null) return false;
  const first = orders[0];
  return first === undefined || (first.metric === 'VISITORS' && first.direction !== 'ASC');
}

/** Unions are formed in lots of this size at least before it is looked who may still come. */
const LOT_MIN = 16;

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
  const candidates: T[] = [];
  const bounded: T[] = [];
  for (const row of rows) {
    (row.visitorsAtMost === Number.POSITIVE_INFINITY ? candidates : bounded).push(row);
  }
  const counts = candidates.map((row) => row.visitors());
  let threshold = thresholdOf(counts, needed);
  const left = bounded
    .filter((row) => row.visitorsAtMost >= threshold)
    .sort((a, b) => b.visitorsAtMost - a.visitorsAtMost);
  let next = 0;
  while (next < left.length && (left[next] as T).visitorsAtMost >= threshold) {
    const end = next + Math.max(LOT_MIN, needed - counts.length);
    for (const row of left.slice(next, end)) {
      candidates.push(row);
      counts.push(row.visitors());
    }
    next = end;
    threshold = thresholdOf(counts, needed);
  }
  const chosen = new Set(candidates);
  return { candidates, rest: rows.filter((row) => !chosen.has(row)) };
}

/** What a row has to reach to be among the `needed` first of those counted. */
function thresholdOf(counts: readonly number[], needed: number): number {
  if (needed === 0) return Number.POSITIVE_INFINITY;
  if (counts.length < needed) return Number.NEGATIVE_INFINITY;
  return Float64Array.from(counts).sort()[counts.length - needed] as number;
}
