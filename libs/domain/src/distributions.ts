import { bucketOf, HISTOGRAM_BUCKETS } from './histogram.js';

/** One of the five numbers by which a page's speed and calm are judged. */
export interface WebVital {
  /** Name of the event that bears a sample of it. */
  readonly name: string;
  readonly title: string;
  /** Up to here a sample is good, as sent: milliseconds, or CLS's own score. */
  readonly good: number;
  /** Above this a sample is poor. */
  readonly poor: number;
  /** Units of the histogram in one unit as sent. */
  readonly scale: number;
  readonly unit: 'seconds' | 'score';
}

/** Units of 0.1 ms, and of 0.00001 of a score. */
const MS_SCALE = 10;
const SCORE_SCALE = 100_000;

/** Thresholds as Google publishes them (web.dev/articles/vitals, “defining the thresholds”). */
export const WEB_VITALS: readonly WebVital[] = [
  vital('LCP', 'Largest contentful paint', 2500, 4000),
  vital('INP', 'Interaction to next paint', 200, 500),
  {
    name: 'CLS',
    title: 'Cumulative layout shift',
    good: 0.1,
    poor: 0.25,
    scale: SCORE_SCALE,
    unit: 'score',
  },
  vital('FCP', 'First contentful paint', 1800, 3000),
  vital('TTFB', 'Time to first byte', 800, 1800),
];

function vital(name: string, title: string, good: number, poor: number): WebVital {
  return { name, title, good, poor, scale: MS_SCALE, unit: 'seconds' };
}

/** Cells of one distribution: a power of two above the buckets of a histogram. */
const CELLS = 1024;
if (HISTOGRAM_BUCKETS > CELLS) throw new Error('a histogram has more buckets than cells');
/** Number of the distribution of scroll depths, after those of the web vitals. */
const SCROLL = WEB_VITALS.length;

/**
 * What a row counts beside its integers: samples by cell, where a cell is a distribution and one of its
 * buckets as one number from 1 on. A row without samples has none.
 */
export interface Cells {
  visitAll(visit: (cell: number, count: number) => void): void;
}

/** The cell of a web vital's sample, as sent. @param vital index in `WEB_VITALS` */
export function vitalCell(vital: number, value: number): number {
  return 1 + vital * CELLS + bucketOf(value * (WEB_VITALS[vital] as WebVital).scale);
}

/** The cell of a scroll depth in whole per cent. */
export function scrollCell(percent: number): number {
  return 1 + SCROLL * CELLS + percent;
}

/** Buckets of one web vital with their counts, in order of value. */
export function bucketsOf(cells: Cells | null, vital: number): [bucket: number, count: number][] {
  return sorted(cells, vital);
}

/** Scroll depths in per cent with their counts. */
export function scrollDepthsOf(cells: Cells | null): [percent: number, count: number][] {
  return sorted(cells, SCROLL);
}

function sorted(cells: Cells | null, distribution: number): [number, number][] {
  const found: [number, number][] = [];
  const first = 1 + distribution * CELLS;
  cells?.visitAll((cell, count) => {
    if (cell >= first && cell < first + CELLS) found.push([cell - first, count]);
  });
  return found.sort(([a], [b]) => a - b);
}
