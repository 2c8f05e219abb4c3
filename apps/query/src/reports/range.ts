import { type Calendar, formatDay, parseDay, weekdayOf } from '#domain';
import { badInput } from '../query-error.js';

/** Local days of the site, both included. */
export interface DaySpan {
  readonly from: number;
  readonly to: number;
}

export interface DateRangeInput {
  readonly preset?: string | null;
  readonly from?: string | null;
  readonly to?: string | null;
}

export interface ComparisonInput {
  readonly mode: string;
  readonly range?: DateRangeInput | null;
  readonly sameWeekday?: boolean | null;
  readonly cut?: boolean | null;
}

/** Longest range that can be asked for: the lifetime of any site. */
const DAYS_MAX = 50 * 366;

/** What a range is relative to. */
export interface RangeContext {
  readonly calendar: Calendar;
  readonly now: number;
  /** First local day with an event; `null` without events. */
  readonly firstDay: number | null;
}

/** The days that a range means; presets that are open end today. */
export function resolveRange(range: DateRangeInput, context: RangeContext): DaySpan {
  const { preset, from, to } = range;
  const hasDays = (from ?? null) !== null || (to ?? null) !== null;
  if ((preset ?? null) !== null) {
    if (hasDays) throw badInput('range takes a preset, or from and to, not both');
    return presetSpan(preset as string, context);
  }
  if ((from ?? null) === null || (to ?? null) === null) {
    throw badInput('range needs a preset, or both from and to, as days such as 2026-11-23');
  }
  const span = { from: dayOf(from as string, 'from'), to: dayOf(to as string, 'to') };
  if (span.from > span.to) throw badInput('range.from must not be after range.to');
  if (span.to - span.from >= DAYS_MAX) throw badInput(`range may have ${DAYS_MAX} days`);
  return span;
}

function dayOf(text: string, name: string): number {
  const day = parseDay(text);
  if (day === null) throw badInput(`range.${name} must be a day such as 2026-11-23, not “${text}”`);
  return day;
}

function presetSpan(preset: string, { calendar, now, firstDay }: RangeContext): DaySpan {
  const today = calendar.dayBucket(now);
  const month = calendar.monthBucket(today);
  switch (preset) {
    case 'TODAY':
      return { from: today, to: today };
    case 'YESTERDAY':
      return { from: today - 1, to: today - 1 };
    case 'LAST_7_DAYS':
      return { from: today - 6, to: today };
    case 'LAST_28_DAYS':
      return { from: today - 27, to: today };
    case 'LAST_30_DAYS':
      return { from: today - 29, to: today };
    case 'LAST_91_DAYS':
      return { from: today - 90, to: today };
    case 'THIS_MONTH':
      return { from: calendar.firstDayOf(month), to: today };
    case 'LAST_MONTH':
      return { from: calendar.firstDayOf(month - 1), to: calendar.firstDayOf(month) - 1 };
    case 'THIS_YEAR':
      return { from: calendar.firstDayOf(month - (month % 12)), to: today };
    case 'LAST_12_MONTHS':
      return { from: yearBefore(today) + 1, to: today };
    case 'ALL':
      return { from: Math.min(firstDay ?? today, today), to: today };
    default:
      throw badInput(`range.preset “${preset}” does not exist`);
  }
}

/** The same date a year before; 29 February becomes the 28th. */
function yearBefore(day: number): number {
  const text = formatDay(day);
  const year = String(Number(text.slice(0, 4)) - 1).padStart(4, '0');
  return parseDay(year + text.slice(4)) ?? (parseDay(`${year}-02-28`) as number);
}

/** The days that a range is compared with. */
export function resolveComparison(
  comparison: ComparisonInput,
  span: DaySpan,
  context: RangeContext,
): DaySpan {
  const length = span.to - span.from + 1;
  const shift = (days: number) => ({ from: span.from - days, to: span.to - days });
  const sameWeekday = comparison.sameWeekday ?? false;
  switch (comparison.mode) {
    case 'PREVIOUS_PERIOD':
      return shift(sameWeekday ? Math.ceil(length / 7) * 7 : length);
    case 'PREVIOUS_YEAR':
      if (sameWeekday) return shift(364);
      return { from: yearBefore(span.from), to: yearBefore(span.to) };
    case 'CUSTOM':
      if (comparison.range == null) throw badInput('compare.range is needed when mode is CUSTOM');
      return resolveRange(comparison.range, context);
    default:
      throw badInput(`compare.mode “${comparison.mode}” does not exist`);
  }
}

/** Whole weeks of a span, each as its Monday; the first and last may be cut. */
export function weeksOf(span: DaySpan): number[] {
  const weeks: number[] = [];
  for (let day = span.from - weekdayOf(span.from) + 1; day <= span.to; day += 7) weeks.push(day);
  return weeks;
}
