import {
  type Cells,
  COUNTER_COUNT,
  CountTable,
  ESTIMATE_SLACK,
  HLL_ERROR,
  MergedRows,
  type PackedRows,
  type RowsByValue,
  UNBOUNDED,
  VisitorUnion,
} from '#domain';
import { ValueTable } from './value-table.js';

/** Numbers of one row are read and united in one go: a single place for it serves all. */
const union = new VisitorUnion();

/** What numbers are made of. */
export interface Sum {
  readonly counters: ArrayLike<number>;
  cells(): Cells;
  visitors(): number;
  readonly errorRate: number;
}

/** Rows of one bucket of a series, or of the whole range without one. */
export interface RowGroup {
  /** Index of the bucket in the series; 0 without one. */
  readonly at: number;
  readonly rows: RowsByValue;
  readonly table: ValueTable;
  readonly precision: number;
  /** False when nobody asked for distinct visitors: they are 0 then. */
  readonly withVisitors: boolean;
}

/** One row of an answer before it is cut: its numbers are read when they are asked for. */
export class SumRow implements Sum {
  private known: number[] | null = null;
  private samples: CountTable | null = null;
  private count = -1;
  private isExact = true;

  constructor(
    readonly group: RowGroup,
    private readonly row: number,
  ) {}

  get at(): number {
    return this.group.at;
  }

  /** Number of the value. */
  get id(): number {
    return this.group.rows.ids[this.row] as number;
  }

  /** Value of the dimension; `''` without one. */
  get value(): string {
    return this.group.table.text(this.id);
  }

  get counters(): readonly number[] {
    if (this.known === null) {
      this.known = new Array<number>(COUNTER_COUNT).fill(0);
      this.group.rows.addCounters(this.row, this.known);
    }
    return this.known;
  }

  /** Samples by cell. */
  cells(): Cells {
    if (this.samples === null) {
      this.samples = new CountTable();
      this.group.rows.addCells(this.row, this.samples);
    }
    return this.samples;
  }

  /** Distinct visitors: exact, else a whole number near the estimate. */
  visitors(): number {
    if (!this.group.withVisitors) return 0;
    if (this.count === -1) {
      const { count, isExact } = this.group.rows.visitors(this.row, union);
      this.count = count;
      this.isExact = isExact;
    }
    return this.count;
  }

  /** A number that `visitors()` does not exceed, without forming the union. */
  get visitorsAtMost(): number {
    if (this.count !== -1) return this.count;
    const { rows } = this.group;
    const most = rows.most[this.row] as number;
    // What is counted here is an estimate then, and may exceed what it estimates.
    return most === UNBOUNDED ? rows.bound(this.row, union) * ESTIMATE_SLACK : most;
  }

  /** One standard deviation of `visitors()`, relative; 0 when exact. */
  get errorRate(): number {
    this.visitors();
    return this.isExact ? 0 : HLL_ERROR / Math.sqrt(2 ** this.group.precision);
  }

  /** Whether there is nothing in it: such a row is none. */
  get isEmpty(): boolean {
    if ((this.group.rows.most[this.row] as number) !== 0) return false;
    return this.counters.every((value) => value === 0);
  }
}

/** Some sources as one, without a merge when there is nothing to merge. */
export function mergedOf(sources: readonly RowsByValue[], precision: number, idCount: number) {
  const [only] = sources;
  const isPlain = sources.length === 1 && (only as Partial<PackedRows>).isDistinct !== false;
  return only !== undefined && isPlain ? only : new MergedRows(sources, precision, idCount);
}

/** A source with nothing in its only row. */
const NOTHING: RowsByValue = {
  ids: new Uint32Array(1),
  most: new Int16Array(1),
  isSketch: () => false,
  addCounters: () => undefined,
  addCells: () => undefined,
  unite: () => undefined,
  bound: () => 0,
  visitors: () => ({ count: 0, isExact: true }),
};
const NO_VALUE = new ValueTable();
NO_VALUE.idOf(new Uint8Array(0), 0, 0);

/** A row of totals in which everything is 0. */
export function emptyRow(at: number): SumRow {
  const group = { at, rows: NOTHING, table: NO_VALUE, precision: 0, withVisitors: false };
  return new SumRow(group, 0);
}
