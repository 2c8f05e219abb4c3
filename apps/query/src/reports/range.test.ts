import { describe, expect, it } from '@jest/globals';
import { createCalendar, formatDay, parseDay } from '#domain';
import { resolveComparison, resolveRange } from './range.js';

const context = {
  calendar: createCalendar('Europe/Berlin'),
  // Half past midnight of the 24th in Berlin, still the 23rd in UTC.
  now: Date.parse('2026-11-23T23:30:00Z'),
  firstDay: parseDay('2025-03-03'),
};
const show = ({ from, to }: { from: number; to: number }) => `${formatDay(from)} ${formatDay(to)}`;
const span = (from: string, to: string) => resolveRange({ from, to }, context);

describe('resolveRange', () => {
  it.each([
    ['TODAY', '2026-11-24 2026-11-24'],
    ['YESTERDAY', '2026-11-23 2026-11-23'],
    ['LAST_7_DAYS', '2026-11-18 2026-11-24'],
    ['LAST_28_DAYS', '2026-10-28 2026-11-24'],
    ['LAST_30_DAYS', '2026-10-26 2026-11-24'],
    ['LAST_91_DAYS', '2026-08-26 2026-11-24'],
    ['THIS_MONTH', '2026-11-01 2026-11-24'],
    ['LAST_MONTH', '2026-10-01 2026-10-31'],
    ['THIS_YEAR', '2026-01-01 2026-11-24'],
    ['LAST_12_MONTHS', '2025-11-25 2026-11-24'],
    ['ALL', '2025-03-03 2026-11-24'],
  ])('%s is %s in the site’s zone', (preset, expected) => {
    expect(show(resolveRange({ preset }, context))).toBe(expected);
  });

  it('begins today for a site without events', () => {
    expect(show(resolveRange({ preset: 'ALL' }, { ...context, firstDay: null }))).toBe(
      '2026-11-24 2026-11-24',
    );
  });

  it.each([
    [{}],
    [{ preset: 'TODAY', from: '2026-01-01', to: '2026-01-02' }],
    [{ from: '2026-01-02', to: '2026-01-01' }],
    [{ from: '2026-02-29', to: '2026-03-01' }],
    [{ from: '1900-01-01', to: '2026-01-01' }],
  ])('refuses %j with what is allowed', (range) => {
    expect(() => resolveRange(range, context)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
  });
});

describe('resolveComparison', () => {
  it.each([
    ['PREVIOUS_PERIOD', false, '2026-11-18', '2026-11-24', '2026-11-11 2026-11-17'],
    ['PREVIOUS_PERIOD', true, '2026-11-24', '2026-11-24', '2026-11-17 2026-11-17'],
    ['PREVIOUS_PERIOD', true, '2026-11-15', '2026-11-24', '2026-11-01 2026-11-10'],
    ['PREVIOUS_YEAR', false, '2028-02-29', '2028-03-01', '2027-02-28 2027-03-01'],
    ['PREVIOUS_YEAR', true, '2026-11-24', '2026-11-24', '2025-11-25 2025-11-25'],
  ])('%s (same weekday %s) of %s to %s is %s', (mode, sameWeekday, from, to, expected) => {
    expect(show(resolveComparison({ mode, sameWeekday }, span(from, to), context))).toBe(expected);
  });

  it('takes a range of its own', () => {
    const range = { from: '2026-01-01', to: '2026-01-31' };
    expect(
      show(resolveComparison({ mode: 'CUSTOM', range }, span('2026-11-01', '2026-11-02'), context)),
    ).toBe('2026-01-01 2026-01-31');
    expect(() =>
      resolveComparison({ mode: 'CUSTOM' }, span('2026-11-01', '2026-11-02'), context),
    ).toThrow(/compare.range/);
  });
});
