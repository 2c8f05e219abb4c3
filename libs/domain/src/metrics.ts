import { type Metric, type MetricScope, ratio } from './metric.js';
import { SIGNAL_METRICS } from './signal-metrics.js';

/**
 * The integers that a row adds up, in the order in which they are stored. Appending is safe,
 * reordering moves data.
 */
export const COUNTERS = [
  'views',
  'events',
  'keyEvents',
  'engagedMs',
  'revenue',
  'sessions',
  'engagedSessions',
  'durationMs',
  'newSessions',
  'keyEventSessions',
  'entries',
  'exits',
  'foreignMoneyEvents',
] as const;
export type Counter = (typeof COUNTERS)[number];
export const COUNTER_COUNT = COUNTERS.length;

/** Index of each counter in a row's array. */
export const C = Object.fromEntries(COUNTERS.map((name, index) => [name, index])) as Readonly<
  Record<Counter, number>
>;

const MS_PER_SECOND = 1000;
/** Money is kept as integers of 1/10,000 of the unit. */
export const MONEY_SCALE = 10_000;

function at(counters: ArrayLike<number>, counter: Counter): number {
  return counters[C[counter]] ?? 0;
}

type Row = [
  name: string,
  title: string,
  unit: Metric['unit'],
  scope: MetricScope,
  needsVisitors: boolean,
  definition: string,
  value: Metric['value'],
];

const ROWS: readonly Row[] = [
  ['visitors', 'Visitors', 'count', 'any', true, 'Distinct visitors with an event.', (_c, v) => v],
  [
    'newVisitors',
    'New visitors',
    'count',
    'notByEvent',
    false,
    'Sessions in which the client said that it is the visitor’s first session.',
    (c) => at(c, 'newSessions'),
  ],
  [
    'returningVisitors',
    'Returning visitors',
    'count',
    'notByEvent',
    true,
    'Visitors less new visitors, never below zero.',
    (c, v) => Math.max(0, v - at(c, 'newSessions')),
  ],
  [
    'sessions',
    'Sessions',
    'count',
    'any',
    false,
    'Visits: a new one starts after more than 30 minutes without an event, or after 24 hours. Unlike GA4, the client’s own session id is not used.',
    (c) => at(c, 'sessions'),
  ],
  [
    'engagedSessions',
    'Engaged sessions',
    'count',
    'any',
    false,
    'Sessions longer than 10 seconds, or with two views or more, or with a key event.',
    (c) => at(c, 'engagedSessions'),
  ],
  [
    'bounces',
    'Bounces',
    'count',
    'any',
    false,
    'Sessions that were not engaged.',
    (c) => at(c, 'sessions') - at(c, 'engagedSessions'),
  ],
  [
    'bounceRate',
    'Bounce rate',
    'ratio',
    'any',
    false,
    'Bounces ÷ sessions.',
    (c) => ratio(at(c, 'sessions') - at(c, 'engagedSessions'), at(c, 'sessions')),
  ],
  [
    'engagementRate',
    'Engagement rate',
    'ratio',
    'any',
    false,
    'Engaged sessions ÷ sessions.',
    (c) => ratio(at(c, 'engagedSessions'), at(c, 'sessions')),
  ],
  [
    'views',
    'Views',
    'count',
    'any',
    false,
    'Page views and screen views, repeats included.',
    (c) => at(c, 'views'),
  ],
  [
    'events',
    'Events',
    'count',
    'any',
    false,
    'All events, views and engagement included.',
    (c) => at(c, 'events'),
  ],
  [
    'viewsPerSession',
    'Views per session',
    'count',
    'any',
    false,
    'Views ÷ sessions.',
    (c) => ratio(at(c, 'views'), at(c, 'sessions')),
  ],
  [
    'sessionDuration',
    'Session duration',
    'seconds',
    'notByEvent',
    false,
    'Sum over sessions of last event − first event.',
    (c) => at(c, 'durationMs') / MS_PER_SECOND,
  ],
  [
    'averageSessionDuration',
    'Average session duration',
    'seconds',
    'notByEvent',
    false,
    'Session duration ÷ sessions.',
    (c) => ratio(at(c, 'durationMs') / MS_PER_SECOND, at(c, 'sessions')),
  ],
  [
    'engagementTime',
    'Engagement time',
    'seconds',
    'any',
    false,
    'Time the page was visible and in focus.',
    (c) => at(c, 'engagedMs') / MS_PER_SECOND,
  ],
  [
    'averageEngagementTime',
    'Average engagement time',
    'seconds',
    'any',
    true,
    'Engagement time ÷ visitors. GA4 divides by active users.',
    (c, v) => ratio(at(c, 'engagedMs') / MS_PER_SECOND, v),
  ],
  [
    'entries',
    'Entries',
    'count',
    'pageOnlyByEvent',
    false,
    'Sessions that began on the page: their first view.',
    (c) => at(c, 'entries'),
  ],
  [
    'exits',
    'Exits',
    'count',
    'pageOnlyByEvent',
    false,
    'Sessions that ended on the page: their last view.',
    (c) => at(c, 'exits'),
  ],
  [
    'keyEvents',
    'Key events',
    'count',
    'any',
    false,
    'Events that the definitions mark as key. Unlike GA4, a rebuild marks the past too.',
    (c) => at(c, 'keyEvents'),
  ],
  [
    'keyEventRate',
    'Key event rate',
    'ratio',
    'any',
    false,
    'Sessions with a key event ÷ sessions.',
    (c) => ratio(at(c, 'keyEventSessions'), at(c, 'sessions')),
  ],
  [
    'revenue',
    'Revenue',
    'currency',
    'any',
    false,
    'Sum of money in the site’s currency; other currencies are left out.',
    (c) => at(c, 'revenue') / MONEY_SCALE,
  ],
];

/** Every metric, in the order of the API. */
export const METRICS: readonly Metric[] = [
  ...ROWS.map(([name, title, unit, scope, needsVisitors, definition, value]) => ({
    name,
    title,
    unit,
    scope,
    needsVisitors,
    definition,
    value,
    exact: !needsVisitors,
    needsCells: false,
  })),
  ...SIGNAL_METRICS,
];
