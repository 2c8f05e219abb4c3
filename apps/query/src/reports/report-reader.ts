import { OTHER_VALUE, type RowsByValue } from '#domain';
import type { ReadContext } from './packed-buckets.js';
import type { ReportPlan } from './report-plan.js';
import { emptyRow, mergedOf, type RowGroup, SumRow } from './sum-row.js';

/** Reads and merges the rows of a plan: one per bucket and value that has anything in it. */
export async function readRows(
  plan: ReportPlan,
  context: ReadContext,
  withVisitors: boolean,
): Promise<SumRow[]> {
  const found: SumRow[] = [];
  for (const group of await readGroups(plan, context, withVisitors)) {
    for (let row = 0; row < group.rows.ids.length; row += 1) {
      const sum = new SumRow(group, row);
      if (!sum.isEmpty) found.push(sum);
    }
  }
  return found;
}

/** Reads the rows of a plan to find the one of the same place in time and the same value in. */
export async function readCompared(
  plan: ReportPlan,
  context: ReadContext,
  withVisitors: boolean,
): Promise<(row: SumRow) => SumRow> {
  const groups = await readGroups(plan, context, withVisitors);
  const groupAt = new Map(groups.map((group) => [group.at, group]));
  return ({ at, id }) => {
    const group = groupAt.get(at);
    const row = group === undefined ? -1 : group.rows.ids.indexOf(id);
    return group === undefined || row === -1 ? emptyRow(at) : new SumRow(group, row);
  };
}

async function readGroups(
  plan: ReportPlan,
  context: ReadContext,
  withVisitors: boolean,
): Promise<RowGroup[]> {
  const { report, series } = plan;
  const { packed, generation, siteId } = context;
  const { precision } = report;
  const table = packed.tableOf(context, report);
  const sources: RowsByValue[][] = [];
  const queries = plan.classes.flatMap((trafficClass) =>
    plan.reads.map((read) => ({
      generation,
      siteId,
      report: report.name,
      trafficClass,
      ...read,
    })),
  );
  const found = await Promise.all(
    queries.map(async (query) => ({
      query,
      buckets: await packed.read(query, context, table, precision),
    })),
  );
  for (const { query, buckets } of found) {
    if (series === null) {
      sources[0] = [...(sources[0] ?? []), ...packed.sources(query, buckets, table, precision)];
      continue;
    }
    for (const { bucket, rows } of buckets) {
      const at = series.indexOf(query.kind, bucket);
      if (at < 0) continue;
      const some = sources[at];
      if (some === undefined) sources[at] = [rows];
      else some.push(rows);
    }
  }
  const groups: RowGroup[] = [];
  for (const [at, some] of sources.entries()) {
    if (some === undefined) continue;
    const rows = mergedOf(some, precision, table.count);
    groups.push({ at, rows, table, precision, withVisitors });
  }
  return groups;
}

/** Every bucket of a series that has no row yet gets an empty one. */
export function withZeros(rows: SumRow[], plan: ReportPlan): SumRow[] {
  if (plan.series === null || plan.report.dimension !== null) return rows;
  const filled = new Map(rows.map((row) => [row.at, row]));
  return plan.series.labels.map((_label, at) => filled.get(at) ?? emptyRow(at));
}

/** Whether some of the answer is `(other)`. */
export function hasOther(rows: readonly SumRow[]): boolean {
  const [first] = rows;
  const id = first === undefined ? -1 : first.group.table.find(OTHER_VALUE);
  return id !== -1 && rows.some((row) => row.id === id);
}
