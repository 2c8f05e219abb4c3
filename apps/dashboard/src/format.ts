/** Metrics of the strip: field, words, kind of number. */
export const METRICS: readonly (readonly [string, string, NumberKind])[] = [
  ['visitors', 'Visitors', 'count'],
  ['sessions', 'Sessions', 'count'],
  ['views', 'Views', 'count'],
  ['bounceRate', 'Bounce rate', 'ratio'],
  ['averageEngagementTime', 'Engagement', 'seconds'],
  ['newVisitors', 'New visitors', 'count'],
  ['keyEvents', 'Key events', 'count'],
  ['revenue', 'Revenue', 'money'],
];

export type NumberKind = 'count' | 'ratio' | 'seconds' | 'money' | 'timing' | 'score' | 'percent';

const COMPACT_FROM = 10_000;

/** A number as people read it; what is not defined is a dash, never a zero. */
export function formatNumber(value: number | null, kind: NumberKind): string {
  if (value === null) return '–';
  if (kind === 'ratio') return `${(value * 100).toFixed(1)}%`;
  if (kind === 'seconds') {
    const seconds = Math.round(value);
    return seconds < 60
      ? `${seconds}s`
      : `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
  }
  if (kind === 'timing') return `${value < 1 ? value.toFixed(3) : value.toFixed(2)} s`;
  if (kind === 'score') return value.toFixed(3);
  if (kind === 'percent') return `${value.toFixed(0)}%`;
  const digits = kind === 'money' ? 2 : 0;
  if (Math.abs(value) < COMPACT_FROM)
    return value.toLocaleString(undefined, { maximumFractionDigits: digits });
  return value.toLocaleString(undefined, { notation: 'compact', maximumFractionDigits: 1 });
}
