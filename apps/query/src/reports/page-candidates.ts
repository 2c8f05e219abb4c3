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
  const bounds = rows.map((row) => ({ row, most: row.visitorsAtMost }));
  // Not by difference: the unbounded ones have none.
  bounds.sort((a, b) => (a.most === b.most ? 0 : b.most > a.most ? 1 : -1));
  const counts: number[] = [];
  let threshold = Number.NEGATIVE_INFINITY;
  while (counts.length < bounds.length) {
    const { most } = bounds[counts.length] as { most: number };
    if (most < threshold) break;
    const missing = Math.max(LOT_MIN, needed - counts.length);
    for (const { row } of bounds.slice(counts.length, counts.length + missing)) {
      counts.push(row.visitors());
    }
    if (counts.length < needed) continue;
    const sorted = Float64Array.from(counts).sort();
    threshold = sorted[sorted.length - needed] ?? Number.POSITIVE_INFINITY;
  }
  const ordered = bounds.map(({ row }) => row);
  return { candidates: ordered.slice(0, counts.length), rest: ordered.slice(counts.length) };
}
