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
import { LiveRow, type RowPlace } from './live-row.js';
import type { RowSource } from './source.js';

const KIND_NUMBER: Readonly<Record<BucketKind, number>> = { minute: 0, hour: 1, day: 2, month: 3 };
const KINDS = 4;

interface Bucket {
  readonly place: RowPlace;
  readonly rows: Map<string, LiveRow>;
  /** Distinct values that the bucket has, stored ones included. */
  valueCount: number;
  /** Whether every row of it is in memory: then what is missing there is nowhere. */
  isWhole: boolean;
}

/** The buckets of one report and kind, with the one that was used last at hand. */
class Shelf {
  readonly buckets = new Map<number, Bucket>();
  lastNumber = Number.NaN;
  last: Bucket | null = null;
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
    private readonly onTouch: (row: LiveRow) => void,
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
    this.onTouch(row);
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
          bucket.isWhole = false;
          row.isEvicted = true;
          this.size -= 1;
        }
        if (bucket.rows.size === 0) shelf.buckets.delete(number);
      }
      shelf.lastNumber = Number.NaN;
      shelf.last = null;
    }
  }

  private bucketOf(report: number, kind: BucketKind, number: number): Bucket {
    const shelf = this.shelves[report * KINDS + KIND_NUMBER[kind]] as Shelf;
    if (shelf.lastNumber === number) return shelf.last as Bucket;
    let found = shelf.buckets.get(number);
    if (found === undefined) {
      found = this.openBucket(REPORTS[report] as Report, kind, number);
      shelf.buckets.set(number, found);
    }
    shelf.lastNumber = number;
    shelf.last = found;
    return found;
  }

  private openBucket(report: Report, kind: BucketKind, bucket: number): Bucket {
    const { siteId, trafficClass } = this.of;
    const place = { siteId, report, kind, trafficClass, bucket };
    const key = { ...place, report: report.name };
    const isCounted = report.dimension !== null && (kind === 'day' || kind === 'month');
    const valueCount = isCounted ? this.source.valueCount(key) : Number.NaN;
    const isEmpty =
      valueCount === 0 && this.source.row({ ...key, value: OTHER_VALUE }) === undefined;
    return { place, rows: new Map(), valueCount, isWhole: isEmpty };
  }

  private load(bucket: Bucket, reportNumber: number, value: string): LiveRow {
    const { place } = bucket;
    const { report, kind } = place;
    const retractable = report.scope === 'session';
    const bytes = bucket.isWhole
      ? undefined
      : this.source.row({ ...place, report: report.name, value });
    if (bytes === undefined && value !== OTHER_VALUE && kind === 'day') {
      if (bucket.valueCount >= VALUES_PER_BUCKET_MAX) {
        return this.at(reportNumber, kind, place.bucket, OTHER_VALUE);
      }
      bucket.valueCount += 1;
    }
    const row =
      bytes === undefined
        ? newRow(report.precision, retractable)
        : decodeRow(bytes, report.precision, retractable);
    const live = new LiveRow(place, value, row);
    if (kind === 'day') {
      const month = this.of.calendar.monthBucket(place.bucket);
      live.month = this.at(reportNumber, 'month', month, value);
    }
    bucket.rows.set(value, live);
    this.size += 1;
    return live;
  }
}
