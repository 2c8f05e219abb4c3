import {
  BUCKET_KINDS,
  type BucketKind,
  createCalendar,
  dayOfHour,
  TRAFFIC_CLASSES,
  type TrafficClass,
} from '#domain';
import { type BucketKey, bucketName, rowName } from '../bucket-key.js';
import { StoreError } from '../report-store.js';
import type { CassandraConnection, Row } from './connection.js';
import type { LocalPartition } from './local-partition.js';
import { tableOf } from './schema.js';
import { stretchOf } from './stretch.js';
import { offsetOf } from './write-time.js';

const DAY_MS = 86_400_000;
/** Numbers of days and months; a local day is at most one beside the one of UTC. */
const UTC = createCalendar('UTC');
/** Days on each side that an event may touch: one that its session came from, one for the zone. */
const DAYS_AROUND = 2;

/** Whose buckets these are. */
export interface LoadingFor {
  readonly generation: string;
  readonly partition: number;
}

type LoadedRow = readonly [value: string, bytes: Uint8Array];
type LoadedRows = { bucket: BucketKey; rows: LoadedRow[] };

/**
 * Which buckets' rows are in the local copy. Those around the time of an event are fetched before it is
 * folded; a bucket beyond them, which a session may reach in rare cases, is reported as missing.
 */
export class LoadedBuckets {
  private readonly ready = new Set<string>();
  private readonly sites = new Set<string>();
  /** Stretches that were looked at: what lies in one and is not stored does not exist. */
  private readonly known = new Map<string, Set<number>>();
  /** Single buckets that were looked at beside those stretches. */
  private readonly loaded = new Set<string>();
  private missing: BucketKey | null = null;
  /** Rows that are complete to a later offset than asked for: their names. */
  readonly ahead = new Set<string>();

  constructor(
    private readonly connection: CassandraConnection,
    private readonly of: LoadingFor,
    private readonly local: LocalPartition,
    /** Rows complete to this offset are ahead; `null` = there are none. */
    private aheadAt: number | null,
  ) {}

  isReady(siteId: string, occurredAt: number): boolean {
    return this.ready.has(`${siteId}/${UTC.dayBucket(occurredAt)}`);
  }

  /** Fetches what an event may touch: its day and those beside it, their months, all minutes. */
  async prepare(siteId: string, occurredAt: number): Promise<void> {
    const day = UTC.dayBucket(occurredAt);
    const [from, to] = [day - DAYS_AROUND, day + DAYS_AROUND];
    const [firstMonth, lastMonth] = [UTC.monthBucket(from - 1), UTC.monthBucket(to + 1)];
    const hours = [UTC.hourBucket((from - 1) * DAY_MS), UTC.hourBucket((to + 2) * DAY_MS)] as const;
    if (!this.sites.has(siteId)) await this.loadMinutes(siteId);
    this.sites.add(siteId);
    await this.load([
      ...(await this.stored(siteId, 'day', from, to)),
      ...(await this.stored(siteId, 'month', firstMonth, lastMonth)),
      ...(await this.stored(siteId, 'hour', ...hours)),
    ]);
    this.note(siteId, 'day', from, to);
    this.note(siteId, 'month', firstMonth, lastMonth);
    this.note(siteId, 'hour', from, to);
    this.ready.add(`${siteId}/${day}`);
  }

  /** Throws `not_ready` unless the rows of a bucket can be read. */
  assertReady(bucket: BucketKey): void {
    if (this.isKnown(bucket)) return;
    this.missing = bucket;
    const what = `${bucket.report} of ${bucket.siteId}, ${bucket.kind} ${bucket.bucket}`;
    throw new StoreError('not_ready', `the rows are not here yet: ${what}`, true);
  }

  async loadMissing(): Promise<void> {
    const { missing } = this;
    if (missing === null) return;
    await this.load([missing]);
    this.loaded.add(bucketName(missing));
    this.missing = null;
  }

  /** All rows are complete to one offset again. */
  endRecovery(): void {
    this.aheadAt = null;
    this.ahead.clear();
  }

  /** A site was deleted: there is nothing of it any more. */
  forgetSite(siteId: string): void {
    for (const name of this.ahead) if (name.startsWith(`${siteId}\0`)) this.ahead.delete(name);
  }

  private isKnown(bucket: BucketKey): boolean {
    const { kind, siteId } = bucket;
    if (kind === 'minute') return this.sites.has(siteId);
    const at = kind === 'hour' ? dayOfHour(bucket.bucket) : bucket.bucket;
    return (
      this.known.get(`${siteId}/${kind}`)?.has(at) === true || this.loaded.has(bucketName(bucket))
    );
  }

  private note(siteId: string, kind: BucketKind, from: number, to: number): void {
    const name = `${siteId}/${kind}`;
    const known = this.known.get(name) ?? new Set();
    this.known.set(name, known);
    for (let at = from; at <= to; at += 1) known.add(at);
  }

  private async stored(
    siteId: string,
    kind: BucketKind,
    from: number,
    to: number,
  ): Promise<BucketKey[]> {
    const { connection, of } = this;
    const rows = await connection.rows(
      `SELECT bucket, report, class FROM ${connection.table('buckets_by_time')} WHERE generation = ?
        AND site = ? AND shard = ? AND kind = ? AND bucket >= ? AND bucket <= ?`,
      [of.generation, siteId, of.partition, BUCKET_KINDS.indexOf(kind), BigInt(from), BigInt(to)],
    );
    return rows.map((row) => ({
      siteId,
      kind,
      report: row['report'] as string,
      trafficClass: TRAFFIC_CLASSES[row['class'] as number] as TrafficClass,
      bucket: Number(row['bucket']),
    }));
  }

  private async load(buckets: readonly BucketKey[]): Promise<void> {
    const wanted = buckets.filter((bucket) => !this.isKnown(bucket));
    const found: LoadedRows[] = [];
    const { connection, of } = this;
    await connection.all(wanted, async (bucket) => {
      const rows: LoadedRow[] = [];
      await connection.each(
        `SELECT value, row, WRITETIME(row) AS written FROM ${connection.table(tableOf(bucket.report))}
          WHERE generation = ? AND site = ? AND kind = ? AND class = ? AND stretch = ? AND bucket = ?
            AND shard = ?`,
        [
          of.generation,
          bucket.siteId,
          BUCKET_KINDS.indexOf(bucket.kind),
          TRAFFIC_CLASSES.indexOf(bucket.trafficClass),
          stretchOf(bucket.kind, bucket.bucket),
          BigInt(bucket.bucket),
          of.partition,
        ],
        (row) => {
          rows.push([row['value'] as string, row['row'] as Buffer]);
          this.noteAhead(bucket, row['value'] as string, row['written'] as bigint);
        },
      );
      if (rows.length > 0) found.push({ bucket, rows });
    });
    if (found.length > 0) await this.local.put({ rows: found });
  }

  private async loadMinutes(siteId: string): Promise<void> {
    const { connection, of } = this;
    const found = new Map<string, LoadedRows>();
    await connection.each(
      `SELECT report, class, bucket, shard, value, row, WRITETIME(row) AS written
        FROM ${connection.table('minutes')} WHERE generation = ? AND site = ?`,
      [of.generation, siteId],
      (row) => {
        if (row['shard'] !== of.partition) return;
        const bucket = minuteOf(siteId, row);
        const group = found.get(bucketName(bucket)) ?? { bucket, rows: [] };
        found.set(bucketName(bucket), group);
        group.rows.push([row['value'] as string, row['row'] as Buffer]);
        this.noteAhead(bucket, row['value'] as string, row['written'] as bigint);
      },
    );
    if (found.size > 0) await this.local.put({ rows: [...found.values()] });
  }

  private noteAhead(bucket: BucketKey, value: string, written: bigint): void {
    if (this.aheadAt !== null && offsetOf(written) === this.aheadAt) {
      this.ahead.add(rowName(bucket, value));
    }
  }
}

/** The minute bucket that a row of the table of minutes is in. */
export function minuteOf(siteId: string, row: Row): BucketKey {
  return {
    siteId,
    kind: 'minute',
    report: row['report'] as string,
    trafficClass: TRAFFIC_CLASSES[row['class'] as number] as TrafficClass,
    bucket: Number(row['bucket']),
  };
}
