import type { Calendar } from '#domain';
import type { WarningAnswer } from './question.js';
import type { DaySpan } from './range.js';
import { hoursOfSpan } from './report-plan.js';
import type { ReportScene } from './report-scene.js';

/** What is said of an answer beside its numbers. */
interface Findings {
  /** Relative, one standard deviation; 0 when all is exact. */
  readonly errorRate: number;
  readonly otherRow: boolean;
  readonly warnings: readonly WarningAnswer[];
}

/** Where an answer comes from, what it covers and how exact it is. */
export function metaOf(scene: ReportScene, findings: Findings): Record<string, unknown> {
  const { calendar, span, previousSpan, cutHours } = scene;
  const instant = (ms: number) => new Date(ms).toISOString();
  const start = (day: number) => instant(calendar.startOfDay(day));
  return {
    from: start(span.from),
    to: start(span.to + 1),
    previousFrom: previousSpan && start(previousSpan.from),
    previousTo: previousSpan && instant(previousEnd(previousSpan, cutHours, calendar)),
    timeZone: calendar.timeZone,
    generation: scene.generation,
    definitions: scene.definitionsId,
    tier: 'REPORT',
    exact: findings.errorRate === 0,
    ...findings,
  };
}

function previousEnd(span: DaySpan, cutHours: number | null, calendar: Calendar): number {
  const next = cutHours === null ? undefined : hoursOfSpan(span, calendar)[cutHours];
  return next === undefined ? calendar.startOfDay(span.to + 1) : calendar.startOfHour(next);
}
