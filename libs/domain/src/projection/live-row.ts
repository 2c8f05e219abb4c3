import type { TrafficClass } from '../classify/conclusions.js';
import type { CountTable } from '../count-table.js';
import type { BucketKind, Report } from '../reports/catalogue.js';
import type { Row } from '../row.js';
import type { VisitorSet } from '../visitor-set.js';
import type { ProjectionBucket } from './source.js';

/** The rows of one bucket that are in memory. */
export class LiveBucket implements ProjectionBucket {
  readonly rows = new Map<string, LiveRow>();
  /** Rows changed since the last flush. */
  touched: LiveRow[] = [];
  /**
   * Values of rows that are in the store and not in memory, so that a new value costs no search of the
   * store; `null` until somebody asks.
   */
  stored: Set<string> | null = null;
  readonly report: string;

  /** @param valueCount distinct values that the bucket has, stored ones included */
  constructor(
    readonly definition: Report,
    readonly siteId: string,
    readonly trafficClass: TrafficClass,
    readonly kind: BucketKind,
    readonly bucket: number,
    public valueCount = 0,
  ) {
    this.report = definition.name;
  }
}

/** A row in memory. What is added to a day is added to its month as well. */
export class LiveRow {
  readonly counters: number[];
  readonly visitors: VisitorSet;
  cells: CountTable | null;
  /** The row of the same value in the month of a day; `null` for other rows. */
  month: LiveRow | null = null;
  /** Visitors counted in (their key) or out (−key) since the last flush, in order; `change` comes first. */
  private change = 0;
  private changes: number[] | null = null;
  isDirty = false;
  /** Whoever kept an evicted row must ask for it again. */
  isEvicted = false;
  /** Number of the flush in which it was last used. */
  usedIn = 0;

  constructor(
    readonly bucket: LiveBucket,
    readonly value: string,
    row: Row,
  ) {
    this.counters = row.counters;
    this.visitors = row.visitors;
    this.cells = row.cells;
  }

  /**
   * Notes a visitor to be counted in, or out (`sign` −1). They are counted all at once before a flush:
   * the sets are large and lie all over memory, so that one by one each would wait for it.
   */
  noteVisitor(key: number, sign: 1 | -1): void {
    if (this.change === 0) this.change = sign * key;
    else if (this.changes === null) this.changes = [sign * key];
    else this.changes.push(sign * key);
  }

  /** Counts the visitors noted. */
  countVisitors(): void {
    const { visitors, change, changes } = this;
    if (change === 0) return;
    visitors.add(Math.abs(change), Math.sign(change));
    this.change = 0;
    if (changes === null) return;
    visitors.reserve(changes.length);
    for (let index = 0; index < changes.length; index += 1) {
      const each = changes[index] as number;
      if (each > 0) visitors.add(each, 1);
      else visitors.add(-each, -1);
    }
    this.changes = null;
  }
}
