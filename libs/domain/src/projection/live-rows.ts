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

const KIND_NUMBER: Readonly<Record<BucketKind, number>> = { minute: 0, hour: 1, day: 2, month: 3 };
const KINDS = 4;

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

/** The buckets of one report and kind, with the one that was used last at hand. */
class Shelf {
  readonly buckets = new Map<number, Bucket>();
  lastNumber = Number.NaN;
  last: Bucket | null = null;
}

/** The rows of one site and class that are in memory, loaded from the store when first touched. */
export class LiveRows {
  private readonly shelves: Shelf[] = Array.from(
    { length: REPORTS.length * KINDS },
    () => new Shelf(),
  );
  size = 0;
  /** Raised whenever rows are forgotten: whoever kept a row must ask for it again. */
  epoch = 0;

  constructor(
    private readonly siteId: string,
    private readonly trafficClass: TrafficClass,
    private readonly source: RowSource,
    private readonly onTouch: (row: LiveRow) => void,
  ) {}

  /** The row of a value, or of `(other)` when the bucket is full; the caller is about to change it. */
  at(report: number, kind: BucketKind, bucket: number, value: string): LiveRow {
    const shelf = this.bucketOf(report, kind, bucket);
    const row = shelf.rows.get(value) ?? this.load(shelf, report, kind, bucket, value);
    return this.touch(row);
  }

  /** Notes that a row is about to be changed. */
  touch(row: LiveRow): LiveRow {
    if (!row.isDirty) {
      row.isDirty = true;
      this.onTouch(row);
    }
    return row;
  }

  /** Forgets rows that were not used since flush `since`; they are in the store. */
  evict(since: number): void {
    this.epoch += 1;
    for (const shelf of this.shelves) {
      for (const [number, bucket] of shelf.buckets) {
        for (const [value, row] of bucket.rows) {
          if (row.usedIn >= since || row.isDirty) continue;
          bucket.rows.delete(value);
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
      found = { rows: new Map(), valueCount: this.storedCount(report, kind, number) };
      shelf.buckets.set(number, found);
    }
    shelf.lastNumber = number;
    shelf.last = found;
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

/** Adds the change of what a session as a whole does. */
export function addChange(live: LiveRow, before: Standing, after: Standing): void {
  const { counters } = live.row;
  const viewed = after.hasView - before.hasView;
  (counters[6] as number) += after.engaged - before.engaged;
  (counters[7] as number) += after.durationMs - before.durationMs;
  (counters[8] as number) += after.isNew - before.isNew;
  (counters[9] as number) += after.hasKeyEvent - before.hasKeyEvent;
  (counters[10] as number) += viewed;
  (counters[11] as number) += viewed;
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
