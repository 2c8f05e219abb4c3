import type { TrafficClass } from '../classify/conclusions.js';
import { COUNTER_COUNT } from '../metrics.js';
import {
  type BucketKind,
  OTHER_VALUE,
  REPORTS,
  type Report,
  VALUES_PER_BUCKET_MAX,
} from '../reports/catalogue.js';
import { decodeRow, newRow, type Row } from '../row.js';
import type { Slice } from '../session/session.js';
import type { EventCounts } from '../session/session-event.js';
import type { Standing } from '../session/standing.js';
import type { ProjectionRowKey, RowSource } from './source.js';

/** A row in memory, with what changed since the last flush: months are rolled up from that. */
export class LiveRow {
  /** Counters as of the last flush. */
  readonly flushed: number[];
  /** Visitor keys and signed counts since the last flush, in pairs. */
  changes: number[] = [];
  isDirty = false;
  /** Number of the flush in which it was last used. */
  usedIn = 0;

  constructor(
    readonly key: ProjectionRowKey,
    readonly report: Report,
    readonly row: Row,
  ) {
    this.flushed = row.counters.slice();
  }
}

interface Bucket {
  readonly rows: Map<string, LiveRow>;
  /** Distinct values that the bucket has, stored ones included. */
  valueCount: number;
}

/** The rows of one site and class that are in memory, loaded from the store when first touched. */
export class LiveRows {
  private readonly buckets = new Map<number, Bucket>();
  private lastKey = -1;
  private lastBucket: Bucket | null = null;
  size = 0;

  constructor(
    private readonly siteId: string,
    private readonly trafficClass: TrafficClass,
    private readonly source: RowSource,
    private readonly onTouch: (row: LiveRow) => void,
  ) {}

  /** The row of a value, or of `(other)` when the bucket is full; the caller is about to change it. */
  at(report: number, kind: BucketKind, bucket: number, value: string): LiveRow {
    const shelf = this.bucketOf(report, kind, bucket);
    let row = shelf.rows.get(value);
    if (row === undefined) row = this.load(shelf, report, kind, bucket, value);
    if (!row.isDirty) {
      row.isDirty = true;
      this.onTouch(row);
    }
    return row;
  }

  /** Forgets rows that were not used since flush `since`; they are in the store. */
  evict(since: number): void {
    for (const [key, bucket] of this.buckets) {
      for (const [value, row] of bucket.rows) {
        if (row.usedIn < since && !row.isDirty) {
          bucket.rows.delete(value);
          this.size -= 1;
        }
      }
      if (bucket.rows.size === 0) this.buckets.delete(key);
    }
    this.lastKey = -1;
    this.lastBucket = null;
  }

  private bucketOf(report: number, kind: BucketKind, bucket: number): Bucket {
    const key = (bucket * REPORTS.length + report) * 4 + KIND_NUMBER[kind];
    if (key === this.lastKey) return this.lastBucket as Bucket;
    let found = this.buckets.get(key);
    if (found === undefined) {
      found = { rows: new Map(), valueCount: this.storedCount(report, kind, bucket) };
      this.buckets.set(key, found);
    }
    this.lastKey = key;
    this.lastBucket = found;
    return found;
  }

  private storedCount(report: number, kind: BucketKind, bucket: number): number {
    if (kind !== 'day' || (REPORTS[report] as Report).dimension === null) return 0;
    return this.source.valueCount({
      siteId: this.siteId,
      report: (REPORTS[report] as Report).name,
      kind,
      trafficClass: this.trafficClass,
      bucket,
    });
  }

  private load(
    shelf: Bucket,
    reportNumber: number,
    kind: BucketKind,
    bucket: number,
    value: string,
  ): LiveRow {
    const report = REPORTS[reportNumber] as Report;
    const { siteId, trafficClass } = this;
    const key = { siteId, report: report.name, kind, trafficClass, bucket, value };
    const retractable = report.scope === 'session';
    const bytes = this.source.row(key);
    if (bytes === undefined && value !== OTHER_VALUE && kind === 'day') {
      if (shelf.valueCount >= VALUES_PER_BUCKET_MAX) {
        return this.at(reportNumber, kind, bucket, OTHER_VALUE);
      }
      if (report.dimension !== null) shelf.valueCount += 1;
    }
    const row =
      bytes === undefined
        ? newRow(report.precision, retractable)
        : decodeRow(bytes, report.precision, retractable);
    const live = new LiveRow(key, report, row);
    shelf.rows.set(value, live);
    this.size += 1;
    return live;
  }
}

const KIND_NUMBER: Readonly<Record<BucketKind, number>> = { minute: 0, hour: 1, day: 2, month: 3 };

/** Counts a visitor in, or `n` of its sessions in or out. */
export function addVisitor(live: LiveRow, key: number, n: number): void {
  live.row.visitors.add(key, n);
  if (live.key.kind === 'day') live.changes.push(key, n);
}

/** Adds what single events did; `sign` −1 takes it back. */
export function addCounts(live: LiveRow, counts: EventCounts | Slice, sign: number): void {
  const { counters } = live.row;
  (counters[0] as number) += sign * counts.views;
  (counters[1] as number) += sign * counts.events;
  (counters[2] as number) += sign * counts.keyEvents;
  (counters[3] as number) += sign * counts.engagedMs;
  (counters[4] as number) += sign * counts.revenue;
}

/** Adds what a session as a whole does; `sign` −1 takes it back. */
export function addStanding(live: LiveRow, standing: Standing, sign: number): void {
  const { counters } = live.row;
  (counters[5] as number) += sign;
  (counters[6] as number) += sign * standing.engaged;
  (counters[7] as number) += sign * standing.durationMs;
  (counters[8] as number) += sign * standing.isNew;
  (counters[9] as number) += sign * standing.hasKeyEvent;
  (counters[10] as number) += sign * standing.hasView;
  (counters[11] as number) += sign * standing.hasView;
}

/** Brings a month up to date with one of its days. */
export function rollUp(month: LiveRow, day: LiveRow): void {
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    const delta = (day.row.counters[index] as number) - (day.flushed[index] as number);
    (month.row.counters[index] as number) += delta;
  }
  for (let index = 0; index < day.changes.length; index += 2) {
    month.row.visitors.add(day.changes[index] as number, day.changes[index + 1] as number);
  }
}
