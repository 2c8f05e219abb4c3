import type { CountTable } from './count-table.js';
import type { VisitorUnion } from './visitor-union.js';

/** What `most` says of a row whose visitors nothing bounds but their union. */
export const UNBOUNDED = -1;
/** Rows of some values: of one stored bucket, or of several together. */
export interface RowsByValue {
  /** Number of each row's value. */
  readonly ids: Uint32Array;
  /** How many visitors each row has at most, its number being exact; else `UNBOUNDED`. */
  readonly most: Int16Array;
  /** Whether a row is known to be a sketch before its visitors are looked at. */
  isSketch(row: number): boolean;
  /** Adds a row's counters to those given. */
  addCounters(row: number, counters: number[]): void;
  /** Adds a row's samples to those given. */
  addCells(row: number, into: CountTable): void;
  /** Adds a row's visitors to a union. */
  unite(row: number, union: VisitorUnion): void;
  /** Distinct visitors of one row. */
  visitors(row: number, union: VisitorUnion): { readonly count: number; readonly isExact: boolean };
  /** A number that the visitors of a row, as they are, do not exceed; found without a union of many. */
  bound(row: number, union: VisitorUnion): number;
}

/**
 * An estimate and what it estimates differ by less than this factor: eight standard errors of the smallest
 * sketch, which happens once in 10^15.
 */
export const ESTIMATE_SLACK = 1.13;
