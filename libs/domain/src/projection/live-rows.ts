import type { Calendar } from '../calendar.js';
import type { TrafficClass } from '../classify/conclusions.js';
import {
  type BucketKind,
  OTHER_VALUE,
  REPORTS,
  type Report,
  VALUES_PER_BUCKET_MAX,
} from '../reports/catalogue.js';
import { decodeRow, newRow } from '../row.js';
import type { Session } from '../session/session.js';
import { LiveBucket, LiveRow } from './live-row.js';
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
  size = 0;
  /** Sessions of which the rows do not hold everything yet. */
  unsettled: Session[] = [];

  constructor(
    private readonly of: RowsOf,
    private readonly source: RowSource,
    private readonly onTouch: (bucket: LiveBucket) => void,
  ) {}

  /** The row of a value, or of `(other)` when the bucket is full; the caller is about to change it. */
  at(report: number, kind: BucketKind, bucket: number, value: string): LiveRow {
    const found = this.bucketOf(report, kind, bucket);
    return this.touch(found.rows.get(value) ?? this.load(found, report, value));
  }

  /** Notes that a row, and its month, are about to be changed. */
  touch(row: LiveRow): LiveRow {
    if (row.isDirty) return row;
    row.isDirty = true;
    const { touched } = row.bucket;
    if (touched.length === 0) this.onTouch(row.bucket);
    touched.push(row);
    if (row.month !== null) this.touch(row.month);
    return row;
  }

  /** Notes that the rows must be brought up to the session before the next flush. */
  unsettle(session: Session): void {
    if (session.isUnsettled) return;
    session.isUnsettled = true;
    this.unsettled.push(session);
  }

  /** Forgets rows that were not used since flush `since`; they are in the store. */
  evict(since: number): void {
    for (const shelf of this.shelves) {
      for (const [number, bucket] of shelf.buckets) {
        for (const [value, row] of bucket.rows) {
          if (row.usedIn >= since || row.isDirty) continue;
          bucket.rows.delete(value);
          bucket.stored?.add(value);
          row.isEvicted = true;
          this.size -= 1;
        }
        if (bucket.rows.size === 0) shelf.buckets.delete(number);
      }
      shelf.lastNumber = Number.NaN;
      shelf.last = null;
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

  private load(bucket: LiveBucket, reportNumber: number, value: string): LiveRow {
    const { definition, kind } = bucket;
    const { precision } = definition;
    const retractable = definition.scope === 'session';
    bucket.stored ??= new Set(this.source.values(bucket));
    const bytes = bucket.stored.delete(value) ? this.source.row(bucket, value) : undefined;
    if (bytes === undefined && value !== OTHER_VALUE && kind === 'day') {
      if (bucket.valueCount >= VALUES_PER_BUCKET_MAX) {
        return this.at(reportNumber, kind, bucket.bucket, OTHER_VALUE);
      }
      bucket.valueCount += 1;
    }
    const row =
      bytes === undefined
        ? newRow(precision, retractable)
        : decodeRow(bytes, precision, retractable);
    const live = new LiveRow(bucket, value, row);
    if (kind === 'day') {
      const month = this.of.calendar.monthBucket(bucket.bucket);
      live.month = this.at(reportNumber, 'month', month, value);
    }
    bucket.rows.set(value, live);
    this.size += 1;
    return live;
  }
}
