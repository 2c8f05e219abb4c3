import {
  type BucketKind,
  type Calendar,
  DIMENSIONS,
  dayOfHour,
  EVENT_DIMENSIONS,
  formatDay,
  formatHour,
  formatHourOfWeek,
  formatMonth,
  formatWeek,
  mondayOf,
  REPORTS,
  type Report,
  TIME_DIMENSIONS,
  TRAFFIC_CLASSES,
  type TrafficClass,
} from '#domain';
import { badInput } from '../query-error.js';
import { type DaySpan, weeksOf } from './range.js';

/** One stretch of stored buckets to read. */
export interface Read {
  readonly kind: BucketKind;
  readonly from: number;
  readonly to: number;
}

/** How the time dimension of a question is made of stored buckets. */
export interface Series {
  readonly dimension: string;
  /** Every label of the range, in order of time. */
  readonly labels: readonly string[];
  /** Index of the label that a stored bucket belongs to. */
  indexOf(kind: BucketKind, bucket: number): number;
}

/** A question as buckets to read. */
export interface ReportPlan {
  readonly report: Report;
  readonly classes: readonly TrafficClass[];
  readonly reads: readonly Read[];
  readonly series: Series | null;
  /** Names of the dimensions, in the order of the question. */
  readonly dimensions: readonly string[];
}

const TIME_NAMES = TIME_DIMENSIONS.map(({ name }) => name);
/** Time dimensions that need hours, which only the totals keep. */
const HOURLY = new Set(['HOUR', 'HOUR_OF_WEEK']);
const CLASSES: Readonly<Record<string, readonly TrafficClass[]>> = {
  EXCLUDE: ['human'],
  INCLUDE: ['human', 'bot'],
  ONLY: ['bot'],
};

/** Names the dimensions of a question, or says which can be asked together. */
export function splitDimensions(dimensions: readonly string[]): {
  value: string | null;
  time: string | null;
} {
  const time = dimensions.filter((name) => TIME_NAMES.includes(name));
  const values = dimensions.filter((name) => !TIME_NAMES.includes(name));
  if (time.length > 1) throw badInput(`only one time dimension: ${TIME_NAMES.join(', ')}`);
  if (values.length > 1) {
    throw badInput(
      `two dimensions at once (${values.join(', ')}) are not available yet; allowed are none, any one, and any one with DAY, WEEK or MONTH`,
    );
  }
  const [value = null] = values;
  const [timeName = null] = time;
  if (value !== null && timeName !== null && HOURLY.has(timeName)) {
    throw badInput(
      `${value} is kept by day: it can be asked with DAY, WEEK or MONTH, not ${timeName}`,
    );
  }
  return { value, time: timeName };
}

/** Which stored buckets answer a question over some days. */
export function planReport(
  dimensions: readonly string[],
  span: DaySpan,
  bots: string,
  calendar: Calendar,
): ReportPlan {
  const { value, time } = splitDimensions(dimensions);
  const report = REPORTS.find((each) => each.dimension === value);
  if (report === undefined) {
    const known = DIMENSIONS.map(({ name }) => name).join(', ');
    throw badInput(`dimension “${value}” does not exist; allowed are ${known}`);
  }
  const series = time === null ? null : seriesOf(time, span, calendar);
  return {
    report,
    classes: CLASSES[bots] ?? [TRAFFIC_CLASSES[0]],
    reads: readsOf(time, span, calendar),
    series,
    dimensions,
  };
}

/** The same question over the first `hours` hours of its days only; hours are kept without a value. */
export function cutPlan(
  plan: ReportPlan,
  span: DaySpan,
  hours: number,
  calendar: Calendar,
): ReportPlan {
  const all = hoursOfSpan(span, calendar).slice(0, hours);
  const [from] = all;
  const to = all.at(-1);
  return {
    ...plan,
    reads: from === undefined || to === undefined ? [] : [{ kind: 'hour', from, to }],
  };
}

/** Every hour bucket of some days. */
export function hoursOfSpan(span: DaySpan, calendar: Calendar): number[] {
  const hours: number[] = [];
  for (let day = span.from; day <= span.to; day += 1) hours.push(...calendar.hoursOfDay(day));
  return hours;
}

function readsOf(time: string | null, span: DaySpan, calendar: Calendar): Read[] {
  if (time !== null && HOURLY.has(time)) return [hoursOf(span, calendar)];
  if (time === 'DAY' || time === 'WEEK') return [{ kind: 'day', ...span }];
  return monthsAndDays(span, calendar);
}

function hoursOf(span: DaySpan, calendar: Calendar): Read {
  const first = calendar.hoursOfDay(span.from);
  const last = calendar.hoursOfDay(span.to);
  const from = first[0] ?? calendar.hourBucket(calendar.startOfDay(span.from));
  return { kind: 'hour', from, to: last.at(-1) ?? from };
}

/** Whole months by their own rows, the days at both ends by theirs. */
function monthsAndDays(span: DaySpan, calendar: Calendar): Read[] {
  const startsMonth = calendar.firstDayOf(calendar.monthBucket(span.from)) === span.from;
  const firstMonth = calendar.monthBucket(span.from) + (startsMonth ? 0 : 1);
  const lastMonth = calendar.monthBucket(span.to + 1) - 1;
  if (lastMonth < firstMonth) return [{ kind: 'day', ...span }];
  const head = { kind: 'day', from: span.from, to: calendar.firstDayOf(firstMonth) - 1 } as const;
  const tail = { kind: 'day', from: calendar.firstDayOf(lastMonth + 1), to: span.to } as const;
  const months = { kind: 'month', from: firstMonth, to: lastMonth } as const;
  return [head, months, tail].filter((read) => read.from <= read.to);
}

function seriesOf(dimension: string, span: DaySpan, calendar: Calendar): Series {
  if (dimension === 'HOUR_OF_WEEK') return hoursOfWeek();
  if (dimension === 'HOUR') {
    const hours = hoursOfSpan(span, calendar);
    const numbers = new Map(hours.map((hour, index) => [hour, index]));
    return {
      dimension,
      labels: hours.map(formatHour),
      indexOf: (_kind, bucket) => numbers.get(bucket) ?? -1,
    };
  }
  if (dimension === 'DAY') {
    const days = Array.from({ length: span.to - span.from + 1 }, (_, index) => span.from + index);
    return {
      dimension,
      labels: days.map(formatDay),
      indexOf: (kind, bucket) => dayOf(kind, bucket) - span.from,
    };
  }
  if (dimension === 'WEEK') {
    const first = mondayOf(span.from);
    return {
      dimension,
      labels: weeksOf(span).map(formatWeek),
      indexOf: (kind, bucket) => (mondayOf(dayOf(kind, bucket)) - first) / 7,
    };
  }
  const first = calendar.monthBucket(span.from);
  const count = calendar.monthBucket(span.to) - first + 1;
  return {
    dimension,
    labels: Array.from({ length: count }, (_, index) => formatMonth(first + index)),
    indexOf: (kind, bucket) =>
      (kind === 'month' ? bucket : calendar.monthBucket(dayOf(kind, bucket))) - first,
  };
}

function dayOf(kind: BucketKind, bucket: number): number {
  return kind === 'hour' ? dayOfHour(bucket) : bucket;
}

function hoursOfWeek(): Series {
  const labels: string[] = [];
  for (let weekday = 1; weekday <= 7; weekday += 1) {
    for (let hour = 0; hour < 24; hour += 1)
      labels.push(`${weekday}T${String(hour).padStart(2, '0')}`);
  }
  const numbers = new Map(labels.map((label, index) => [label, index]));
  return {
    dimension: 'HOUR_OF_WEEK',
    labels,
    indexOf: (_kind, bucket) => numbers.get(formatHourOfWeek(bucket)) ?? -1,
  };
}

/** Whether a dimension has values, as those of time have not. */
export function isValueDimension(dimension: string | null): boolean {
  return dimension !== null && !TIME_NAMES.includes(dimension);
}

/** Whether the values of a report's dimension belong to single events. */
export function isEventDimension(dimension: string | null): boolean {
  return EVENT_DIMENSIONS.some(({ name }) => name === dimension);
}
