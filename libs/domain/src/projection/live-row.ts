import type { TrafficClass } from '../classify/conclusions.js';
import type { BucketKind, Report } from '../reports/catalogue.js';
import type { Row } from '../row.js';
import type { VisitorSet } from '../visitor-set.js';

/** What all rows of one bucket have in common. */
export interface RowPlace {
  readonly siteId: string;
  readonly report: Report;
  readonly kind: BucketKind;
  readonly trafficClass: TrafficClass;
  readonly bucket: number;
}

/** A row in memory. What is added to a day is added to its month as well. */
export class LiveRow {
  readonly counters: number[];
  readonly visitors: VisitorSet;
  /** The row of the same value in the month of a day; `null` for other rows. */
  month: LiveRow | null = null;
  isDirty = false;
  /** Whoever kept an evicted row must ask for it again. */
  isEvicted = false;
  /** Number of the flush in which it was last used. */
  usedIn = 0;

  constructor(
    readonly place: RowPlace,
    readonly value: string,
    row: Row,
  ) {
    this.counters = row.counters;
    this.visitors = row.visitors;
  }
}
