import type { MetricScope } from '#domain';
import type { Selection, WarningAnswer } from './question.js';
import { enumOf, undefinedMetrics } from './report-answer.js';
import type { Sum } from './sum-row.js';

const FOREIGN_MONEY = 12;

/** Where metrics are defined that are not so everywhere, in words. */
const BELONGING: Readonly<Record<MetricScope, string>> = {
  any: 'belongs to every dimension',
  notByEvent: 'belongs to whole sessions',
  pageOnlyByEvent: 'belongs to whole sessions, and by PAGE',
  byPage: 'belongs to PAGE',
  byPageOrDevice: 'belongs to PAGE, DEVICE and the totals',
};

/** What an answer leaves out: money of other currencies, and metrics that are not defined here. */
export function warningsOf(
  total: Sum,
  selection: Selection,
  dimension: string | null,
): WarningAnswer[] {
  const warnings: WarningAnswer[] = [];
  if (total.counters[FOREIGN_MONEY] !== 0) warnings.push(foreignMoney(total));
  const names = new Set<string>();
  const warn = (name: string, scope: MetricScope, where: string) => {
    if (names.has(name)) return;
    names.add(name);
    const message = `${enumOf(name)} ${BELONGING[scope]} and is not defined ${where}.`;
    warnings.push({ code: 'NOT_DEFINED', message, metric: name });
  };
  for (const { name, scope } of undefinedMetrics(dimension)) {
    if (selection.rows.has(name)) warn(name, scope, `by ${dimension ?? 'time alone'}`);
  }
  for (const { name, scope } of undefinedMetrics(null)) {
    if (selection.totals.has(name)) warn(name, scope, 'in totals');
  }
  return warnings;
}

function foreignMoney(total: Sum): WarningAnswer {
  const count = total.counters[FOREIGN_MONEY] as number;
  const what =
    count === 1 ? '1 payment in another currency is' : `${count} payments in other currencies are`;
  return { code: 'OTHER_CURRENCY', message: `${what} left out.`, metric: 'revenue' };
}
