import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { localTime } from '../../../test/oracle/local-time.js';
import {
  createCalendar,
  formatDay,
  formatHour,
  formatHourOfWeek,
  formatMonth,
  formatWeek,
  isTimeZone,
  parseDay,
} from './calendar.js';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Tongatapu',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Africa/Casablanca',
];
const instant = fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2035, 0, 1) });

describe('Calendar', () => {
  it.each(ZONES)('names the buckets of %s as the runtime’s own formatter does', (zone) => {
    const calendar = createCalendar(zone);
    fc.assert(
      fc.property(instant, (ms) => {
        const expected = localTime(ms, zone);
        const day = calendar.dayBucket(ms);
        expect(formatDay(day)).toBe(expected.day);
        expect(formatHour(calendar.hourBucket(ms))).toBe(expected.hour);
        expect(formatHourOfWeek(calendar.hourBucket(ms))).toBe(expected.hourOfWeek);
        expect(formatWeek(day)).toBe(expected.week);
        expect(formatMonth(calendar.monthBucket(day))).toBe(expected.month);
        expect(calendar.startOfDay(day)).toBeLessThanOrEqual(ms);
        expect(calendar.startOfDay(day + 1)).toBeGreaterThan(ms);
        expect(calendar.hoursOfDay(day)).toContain(calendar.hourBucket(ms));
      }),
      { numRuns: 150 },
    );
  });

  it('has 25, 23 and 24 hours where the clock says so', () => {
    const hours = (zone: string, day: string) =>
      createCalendar(zone).hoursOfDay(parseDay(day) ?? 0).length;
    expect(hours('Europe/Berlin', '2026-10-25')).toBe(25);
    expect(hours('Europe/Berlin', '2026-03-29')).toBe(23);
    expect(hours('Europe/Berlin', '2026-06-01')).toBe(24);
    expect(hours('Pacific/Apia', '2011-12-30')).toBe(0);
  });

  it('gives the repeated hour two buckets, in order of time', () => {
    const calendar = createCalendar('Europe/Berlin');
    const [first, second] = [
      calendar.hourBucket(Date.parse('2026-10-25T00:30Z')),
      calendar.hourBucket(Date.parse('2026-10-25T01:30Z')),
    ];
    expect([formatHour(first), formatHour(second)]).toEqual([
      '2026-10-25T02:00+02:00',
      '2026-10-25T02:00+01:00',
    ]);
    expect(first).toBeLessThan(second);
    expect(formatHour(createCalendar('UTC').hourBucket(0))).toBe('1970-01-01T00:00+00:00');
  });

  it('knows what is no zone and no day', () => {
    expect([isTimeZone('Europe/Berlin'), isTimeZone('Mars/Base'), isTimeZone('+01:00')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([parseDay('2026-02-29'), parseDay('2026-2-1'), parseDay('x')]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
