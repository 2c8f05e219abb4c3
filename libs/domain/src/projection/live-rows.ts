import type { Calendar } from '../calendar.js';
import type { TrafficClass } from '../classify/conclusions.js';
import {
  type BucketKind,
  OTHER_VALUE,
  REPORTS,
  type Report,
  VALUES_PER_BUCKET_MAX,
} from '../reports/catalogue.js';
import { decodeRow } from '../row.js';
import type { Session } from '../session/session.js';
import { OTHER_TEXT, type TextNumber, type Texts } from '../texts.js';
import { LiveBucket, NO_ROW, type RowNumber } from './live-bucket.js';
import type { RowPool } from './row-pool.js';
import type { RowSource } from './source.js';

const KIND_NUMBER: Readonly<Record<BucketKind, number>> = { minute: 0, hour: 1, day: 2, month: 3 };
const KINDS = 4;

/** The buckets of one report and kind, with the one that was used last at hand. */
class Shelf {
  readonly buckets = new Map<number, LiveBucket>();
  lastNumber = Number.NaN;
  last: LiveBucket | null = null;
}

/** What the rows of one site and class need to know about the site. */
export interface RowsOf {
  readonly siteId: string;
  readonly trafficClass: TrafficClass;
  readonly calendar: Calendar;
}

/** The rows of one site and class that are in memory, loaded from the store when first touched. */
export class LiveRows {
  private readonly shelves: Shelf[] = Array.from(
    { length: REPORTS.length * KINDS },
    () => new Shelf(),
  );
  /** Sessions of which the rows do not hold everything yet. */
  unsettled: Session[] = [];

  constructor(
    private readonly of: RowsOf,
    private readonly source: RowSource,
    readonly pool: RowPool,
    private readonly texts: Texts,
  ) {}

  /** The row of a value, or of `(other)` when the bucket is full; the caller is about to change it. */
  at(report: number, kind: BucketKind, bucket: number, value: TextNumber): RowNumber {
    const found = this.bucketOf(report, kind, bucket);
    const row = found.find(value);
    return this.pool.touch(row === NO_ROW ? this.load(found, report, value) : row);
  }

  /** Notes that the rows must be brought up to the session before the next flush. */
  unsettle(session: Session): void {
    if (session.isUnsettled) return;
    session.isUnsettled = true;
    this.unsettled.push(session);
  }

  /** Forgets rows that were not used since flush `since`; they are in the store. */
  evict(since: number): void {
    const { pool } = this;
    for (const shelf of this.shelves) {
      for (const [number, bucket] of shelf.buckets) {
        bucket.keep((row) => {
          if (!pool.isIdle(row, since)) return true;
          bucket.stored?.add(this.texts.textOf(pool.valueOf(row)));
          pool.release(row);
          return false;
        });
        if (bucket.size === 0) shelf.buckets.delete(number);
      }
      shelf.lastNumber = Number.NaN;
      shelf.last = null;
    }
  }

  /** Forgets all rows, written or not. */
  forget(): void {
    for (const shelf of this.shelves) {
      for (const bucket of shelf.buckets.values()) {
        bucket.keep((row) => {
          this.pool.release(row);
          return false;
        });
      }
    }
  }

  private bucketOf(report: number, kind: BucketKind, number: number): LiveBucket {
    const shelf = this.shelves[report * KINDS + KIND_NUMBER[kind]] as Shelf;
    if (shelf.lastNumber === number) return shelf.last as LiveBucket;
    let found = shelf.buckets.get(number);
    if (found === undefined) {
      found = this.openBucket(REPORTS[report] as Report, kind, number);
      shelf.buckets.set(number, found);
    }
    shelf.lastNumber = number;
    shelf.last = found;
    return found;
  }

  private openBucket(report: Report, kind: BucketKind, bucket: number): LiveBucket {
    const { siteId, trafficClass } = this.of;
    const opened = new LiveBucket(report, siteId, trafficClass, kind, bucket);
    if (report.dimension === null || (kind !== 'day' && kind !== 'month')) return opened;
    opened.valueCount = this.source.valueCount(opened);
    return opened;
  }

  private load(bucket: LiveBucket, reportNumber: number, value: TextNumber): RowNumber {
    const { definition, kind } = bucket;
    const text = this.texts.textOf(value);
    bucket.stored ??= new Set(this.source.values(bucket));
    const bytes = bucket.stored.delete(text) ? this.source.row(bucket, text) : undefined;
    if (bytes === undefined && text !== OTHER_VALUE && kind === 'day') {
      if (bucket.valueCount >= VALUES_PER_BUCKET_MAX) {
        return this.at(reportNumber, kind, bucket.bucket, OTHER_TEXT);
      }
      bucket.valueCount += 1;
    }
    const stored =
      bytes === undefined ? null : decodeRow(bytes, definition.precision, bucket.isRetractable);
    let month = NO_ROW;
    if (kind === 'day') {
      const number = this.of.calendar.monthBucket(bucket.bucket);
      month = this.at(reportNumber, 'month', number, value);
    }
    const row = this.pool.add(bucket, value, stored, month);
    bucket.add(value, row);
    return row;
  }
}
