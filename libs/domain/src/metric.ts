import type { Cells } from './distributions.js';

/**
 * Where a metric is defined: by every dimension; not where a session has no single value; by PAGE only
 * among those of events; by PAGE only; without a dimension, by PAGE and by DEVICE.
 */
export type MetricScope = 'any' | 'notByEvent' | 'pageOnlyByEvent' | 'byPage' | 'byPageOrDevice';

/** One metric: what it means and how it is made of what a row holds. */
export interface Metric {
  /** Field name in the API; the enum name is its upper snake case. */
  readonly name: string;
  readonly title: string;
  readonly definition: string;
  readonly unit: 'count' | 'seconds' | 'ratio' | 'currency' | 'score' | 'percent';
  readonly exact: boolean;
  readonly scope: MetricScope;
  readonly needsVisitors: boolean;
  readonly needsCells: boolean;
  /** Value from a row's counters, distinct visitors and samples. A ratio over nothing is null. */
  readonly value: (
    counters: ArrayLike<number>,
    visitors: number,
    cells: Cells | null,
  ) => number | null;
}

/** `null` over nothing. */
export function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}
