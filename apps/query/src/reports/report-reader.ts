import { OTHER_VALUE, RowSum } from '#domain';
import type { ReportStore } from '#readmodel';
import type { ReportPlan } from './report-plan.js';

/** One row of an answer before it is ordered and cut. */
export interface SumRow {
  /** Index of the bucket in the series; 0 without one. */
  readonly at: number;
  /** Value of the dimension; `''` without one. */
  readonly value: string;
  readonly sum: RowSum;
}

/** What to read, and of which site and generation. */
export interface ReadContext {
  readonly store: ReportStore;
  readonly generation: string;
  readonly siteId: string;
}

/** Reads and merges the rows of a plan: one per bucket and value that has anything in it. */
export async function readRows(
  plan: ReportPlan,
  context: ReadContext,
  withVisitors: boolean,
): Promise<SumRow[]> {
  const { report, series } = plan;
  const rows: Map<string, SumRow>[] = [];
  for (const trafficClass of plan.classes) {
    for (const read of plan.reads) {
      const query = {
        generation: context.generation,
        siteId: context.siteId,
        report: report.name,
        trafficClass,
        ...read,
      };
      await context.store.scan(query, (bucket, value, bytes) => {
        const at = series === null ? 0 : series.indexOf(read.kind, bucket);
        if (at < 0) return;
        let shelf = rows[at];
        if (shelf === undefined) {
          shelf = new Map();
          rows[at] = shelf;
        }
        let row = shelf.get(value);
        if (row === undefined) {
          row = { at, value, sum: new RowSum(report.precision, withVisitors) };
          shelf.set(value, row);
        }
        row.sum.add(bytes);
      });
    }
  }
  const found: SumRow[] = [];
  for (const shelf of rows) {
    for (const row of shelf?.values() ?? []) if (!row.sum.isEmpty) found.push(row);
  }
  return found;
}

/** Every bucket of a series that has no row yet gets an empty one. */
export function withZeros(rows: SumRow[], plan: ReportPlan): SumRow[] {
  if (plan.series === null || plan.report.dimension !== null) return rows;
  const filled = new Map(rows.map((row) => [row.at, row]));
  return plan.series.labels.map(
    (_label, at) =>
      filled.get(at) ?? { at, value: '', sum: new RowSum(plan.report.precision, true) },
  );
}

/** Whether some of the answer is `(other)`. */
export function hasOther(rows: readonly SumRow[]): boolean {
  return rows.some((row) => row.value === OTHER_VALUE);
}
