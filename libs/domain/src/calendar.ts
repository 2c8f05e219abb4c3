import { createOffsets } from './zone-offsets.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
/** No zone is further than this from UTC, either way. */
const OFFSET_MAX_MS = 26 * HOUR_MS;
/** Hour buckets hold the local hour and, below it, the offset in quarters of an hour. */
const OFFSET_SLOTS = 256;
const OFFSET_ZERO = 128;

/**
 * The local time of one IANA zone as numbers: days since 1970-01-01, months since year 0, and hours
 * that hold their offset too, so that the repeated hour of autumn is two.
 */
export class Calendar {
  private readonly offsetAt: (ms: number) => number;

  constructor(readonly timeZone: string) {
    this.offsetAt = createOffsets(timeZone);
  }

  /** Minutes that the zone is ahead of UTC. */
  offsetMinutesAt(ms: number): number {
    return this.offsetAt(ms);
  }

  /** Bucket of the local hour; buckets ascend in time. */
  hourBucket(ms: number): number {
    const offset = this.offsetAt(ms);
    const hour = Math.floor((ms + offset * MINUTE_MS) / HOUR_MS);
    return hour * OFFSET_SLOTS + OFFSET_ZERO - Math.round(offset / 15);
  }

  /** Number of the local day. */
  dayBucket(ms: number): number {
    return Math.floor((ms + this.offsetAt(ms) * MINUTE_MS) / DAY_MS);
  }

  /** Number of the month that a day lies in: year × 12 + month from 0. */
  monthBucket(day: number): number {
    const date = new Date(day * DAY_MS);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  }

  /** First day of a month. */
  firstDayOf(month: number): number {
    return Math.floor(Date.UTC(Math.floor(month / 12), month % 12, 1) / DAY_MS);
  }

  /** First instant of a local day; of the next one when the zone skipped the day. */
  startOfDay(day: number): number {
    let from = day * DAY_MS - OFFSET_MAX_MS;
    let to = day * DAY_MS + OFFSET_MAX_MS;
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      if (this.dayBucket(middle) >= day) to = middle;
      else from = middle;
    }
    return to;
  }

  /** Every hour bucket of a local day, in time order: mostly 24 of them. */
  hoursOfDay(day: number): number[] {
    const hours: number[] = [];
    const end = this.startOfDay(day + 1);
    for (let ms = this.startOfDay(day); ms < end; ms += QUARTER_MS) {
      const hour = this.hourBucket(ms);
      if (hours.at(-1) !== hour) hours.push(hour);
    }
    return hours;
  }

  /** First instant of an hour bucket, as if its offset had held from the full hour on. */
  startOfHour(bucket: number): number {
    const { hour, offsetMinutes } = splitHour(bucket);
    return hour * HOUR_MS - offsetMinutes * MINUTE_MS;
  }
}

/** The calendar of a zone; throws `RangeError` for a zone that does not exist. */
export function createCalendar(timeZone: string): Calendar {
  return new Calendar(timeZone);
}

/** Whether the runtime knows the IANA zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function splitHour(bucket: number): { hour: number; offsetMinutes: number } {
  const hour = Math.floor(bucket / OFFSET_SLOTS);
  return { hour, offsetMinutes: (OFFSET_ZERO - (bucket - hour * OFFSET_SLOTS)) * 15 };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-10-25T02:00+02:00` */
export function formatHour(bucket: number): string {
  const { hour, offsetMinutes } = splitHour(bucket);
  const local = new Date(hour * HOUR_MS).toISOString().slice(0, 13);
  const size = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? '-' : '+';
  return `${local}:00${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Local day that an hour bucket lies in. */
export function dayOfHour(bucket: number): number {
  return Math.floor(Math.floor(bucket / OFFSET_SLOTS) / 24);
}

/** `2026-10-25` */
export function formatDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** `2026-10` */
export function formatMonth(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${two((month % 12) + 1)}`;
}

/** 1 = Monday … 7 = Sunday. */
export function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** Monday of the ISO week that a day lies in. */
export function mondayOf(day: number): number {
  return day - weekdayOf(day) + 1;
}

/** `2026-W43`, from any day of the week. */
export function formatWeek(day: number): string {
  const thursday = mondayOf(day) + 3;
  const year = new Date(thursday * DAY_MS).getUTCFullYear();
  const firstDay = Date.UTC(year, 0, 1) / DAY_MS;
  return `${year}-W${two(Math.floor((thursday - firstDay) / 7) + 1)}`;
}

/** `1T14` of an hour bucket: ISO weekday and local hour. */
export function formatHourOfWeek(bucket: number): string {
  const hour = Math.floor(bucket / OFFSET_SLOTS);
  const day = Math.floor(hour / 24);
  return `${weekdayOf(day)}T${two(hour - day * 24)}`;
}

/** Day number of `2026-10-25`; `null` for anything that is no date. */
export function parseDay(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return null;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  const day = ms / DAY_MS;
  return formatDay(day) === text ? day : null;
}
