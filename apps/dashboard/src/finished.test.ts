import { describe, expect, it } from '@jest/globals';
import { countFinished } from './finished.js';

const ZONE = 'Europe/Berlin';

describe('countFinished', () => {
  it.each([
    ['hours', ['2026-11-26T17:00+01:00', '2026-11-26T18:00+01:00', '2026-11-26T19:00+01:00']],
    ['days', ['2026-11-25', '2026-11-26', '2026-11-27']],
    ['months', ['2026-10', '2026-11', '2026-12']],
  ])('knows the unfinished one among %s and leaves out what is to come', (_kind, labels) => {
    const asOf = '2026-11-26T17:43:00Z';
    expect(countFinished(labels, asOf, ZONE)).toEqual({ finished: 1, hasBegun: true });
    expect(countFinished(labels.slice(0, 1), asOf, ZONE)).toEqual({ finished: 1, hasBegun: false });
    expect(countFinished(labels.slice(2), asOf, ZONE)).toEqual({ finished: 0, hasBegun: false });
  });

  it('goes by the days of the site, not of the reader', () => {
    const days = ['2026-11-26', '2026-11-27'];
    const asOf = '2026-11-26T23:30:00Z';
    expect(countFinished(days, asOf, ZONE)).toEqual({ finished: 1, hasBegun: true });
    expect(countFinished(days, asOf, 'America/New_York')).toEqual({ finished: 0, hasBegun: true });
  });

  it('takes everything for finished before the first event', () => {
    expect(countFinished(['2026-11-26'], null, ZONE)).toEqual({ finished: 1, hasBegun: false });
  });
});
