import {
  bucketsOf,
  type Cells,
  scrollDepthsOf,
  WEB_VITALS,
  type WebVital,
} from './distributions.js';
import { boundsOf, HISTOGRAM_ERROR } from './histogram.js';
import { type Metric, ratio } from './metric.js';

const MS_PER_SECOND = 1000;
/** The share of visits that Google judges a page by: three of four must be as good or better. */
const PERCENTILE = 0.75;

type Read = (cells: Cells | null) => number | null;
type Shape = Omit<Metric, 'needsVisitors' | 'needsCells' | 'value'>;

function metric(shape: Shape, read: Read): Metric {
  return {
    ...shape,
    needsVisitors: false,
    needsCells: true,
    value: (_counters, _visitors, cells) => read(cells),
  };
}

/** Samples whose bucket's upper bound lies in (above, upTo]; thresholds are bounds, so this is exact. */
function countBetween(cells: Cells | null, vital: number, above: number, upTo: number): number {
  let count = 0;
  for (const [bucket, samples] of bucketsOf(cells, vital)) {
    const [, bound] = boundsOf(bucket);
    if (bound > above && bound <= upTo) count += samples;
  }
  return count;
}

function countAll(cells: Cells | null, vital: number): number {
  return bucketsOf(cells, vital).reduce((sum, [, samples]) => sum + samples, 0);
}

/** Middle of the bucket in which the sample of rank ⌈0.75 n⌉ lies, in the histogram's units. */
function percentileOf(cells: Cells | null, vital: number): number | null {
  const rank = Math.ceil(PERCENTILE * countAll(cells, vital));
  let seen = 0;
  for (const [bucket, samples] of bucketsOf(cells, vital)) {
    seen += samples;
    if (seen < rank) continue;
    const [above, upTo] = boundsOf(bucket);
    return (above + upTo) / 2;
  }
  return null;
}

function metricsOf(vital: WebVital, index: number): Metric[] {
  const { name, title, unit, scale } = vital;
  const field = name.toLowerCase();
  const good = vital.good * scale;
  const poor = vital.poor * scale;
  const perUnit = unit === 'seconds' ? scale * MS_PER_SECOND : scale;
  const share = (what: string, words: string, above: number, upTo: number) =>
    metric(
      {
        name: `${field}${what}`,
        title: `${name}, ${words}`,
        definition: `Share of samples of the ${title.toLowerCase()} that are ${words}: good up to ${vital.good}, poor above ${vital.poor}${unit === 'seconds' ? ' ms' : ''}.`,
        unit: 'ratio',
        exact: true,
        scope: 'byPageOrDevice',
      },
      (cells) => ratio(countBetween(cells, index, above, upTo), countAll(cells, index)),
    );
  return [
    metric(
      {
        name: `${field}P75`,
        title: `${name}, 75th percentile`,
        definition: `${title} that three of four samples do not exceed, within ${HISTOGRAM_ERROR * 100} % of the sample of that rank.`,
        unit,
        exact: false,
        scope: 'byPageOrDevice',
      },
      (cells) => {
        const found = percentileOf(cells, index);
        return found === null ? null : found / perUnit;
      },
    ),
    share('Good', 'good', -1, good),
    share('NeedsImprovement', 'in need of improvement', good, poor),
    share('Poor', 'poor', poor, Number.POSITIVE_INFINITY),
    metric(
      {
        name: `${field}Samples`,
        title: `${name}, samples`,
        definition: `Events named ${name} that bear a sample.`,
        unit: 'count',
        exact: true,
        scope: 'byPageOrDevice',
      },
      (cells) => countAll(cells, index),
    ),
  ];
}

/** Metrics of what is counted by cell: web vitals and scroll depth. */
export const SIGNAL_METRICS: readonly Metric[] = [
  metric(
    {
      name: 'scrollDepth',
      title: 'Scroll depth',
      definition:
        'Average over sessions of the deepest that each scrolled on the page, in per cent of its height; in the bucket of the session’s first event on the page. Sessions that told no depth are left out.',
      unit: 'percent',
      exact: true,
      scope: 'byPage',
    },
    (cells) => {
      let sum = 0;
      let sessions = 0;
      for (const [percent, count] of scrollDepthsOf(cells)) {
        sum += percent * count;
        sessions += count;
      }
      return ratio(sum, sessions);
    },
  ),
  ...WEB_VITALS.flatMap(metricsOf),
];
