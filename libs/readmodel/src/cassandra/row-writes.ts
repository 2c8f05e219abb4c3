import { BUCKET_KINDS, type BucketKind, TRAFFIC_CLASSES } from '#domain';
import { type BucketKey, bucketName, rowName } from '../bucket-key.js';
import type { Activity, Flush } from '../report-store.js';
import type { CassandraConnection, Statement } from './connection.js';
import { type LoadingFor, minuteOf } from './loaded-buckets.js';
import { tableOf } from './schema.js';
import { stretchOf } from './stretch.js';

/** Rows of one partition are written together, up to so many bytes: a server takes a few MiB. */
const BATCH_BYTES = 256 * 1024;
const BATCH_ROWS = 200;
/** Minute rows go away by themselves: realtime looks back an hour. */
const MINUTE_ROWS_TTL_S = 2 * 60 * 60;

/** Writes the rows of flushes, each with the write time of its offset. */
export class RowWrites {
  /** Buckets that are in the list of buckets already. */
  private readonly listed = new Set<string>();
  /** Minute buckets that were written, to be removed when they are over. */
  private minutes = new Map<string, BucketKey>();

  constructor(
    private readonly connection: CassandraConnection,
    private readonly of: LoadingFor,
  ) {}

  /** @param isAhead rows that stay as they are */
  async write(flush: Flush, writeTime: bigint, isAhead: (name: string) => boolean): Promise<void> {
    const batches: Statement[][] = [];
    const unlisted: BucketKey[] = [];
    for (const { bucket, rows } of flush.rows) {
      const left = rows.filter(([value]) => !isAhead(rowName(bucket, value)));
      if (left.length === 0) continue;
      const name = bucketName(bucket);
      if (bucket.kind === 'minute') this.minutes.set(name, bucket);
      else if (!this.listed.has(name)) unlisted.push(bucket);
      this.addBatches(batches, bucket, left, writeTime);
    }
    await this.connection.all(unlisted, (bucket) => this.list(bucket, writeTime));
    await this.connection.all(batches, (batch) => this.connection.batch(batch));
    for (const batch of batches) this.connection.rowsWritten += batch.length;
    for (const [siteId, activity] of flush.activity) {
      await this.writeActivity(siteId, activity, writeTime);
    }
    await this.dropMinutes(flush.minutesBefore, writeTime);
  }

  /** Removes everything of a site that this partition wrote before. */
  async deleteSite(siteId: string, writeTime: bigint): Promise<void> {
    const { connection, of } = this;
    const table = (name: string) => connection.table(name);
    const stored = await connection.rows(
      `SELECT kind, bucket, report, class FROM ${table('buckets_by_time')}
        WHERE generation = ? AND site = ? AND shard = ?`,
      [of.generation, siteId, of.partition],
    );
    await connection.all(stored, async ({ kind, bucket, report, class: cls }) => {
      const stretch = stretchOf(BUCKET_KINDS[kind as number] as BucketKind, Number(bucket));
      await connection.rows(
        `DELETE FROM ${table(tableOf(report as string))} USING TIMESTAMP ? WHERE generation = ?
          AND site = ? AND kind = ? AND class = ? AND stretch = ? AND bucket = ? AND shard = ?`,
        [writeTime, of.generation, siteId, kind, cls, stretch, bucket, of.partition],
      );
      await connection.rows(
        `DELETE FROM ${table('buckets')} USING TIMESTAMP ? WHERE generation = ? AND site = ?
          AND report = ? AND kind = ? AND class = ? AND bucket = ? AND shard = ?`,
        [writeTime, of.generation, siteId, report, kind, cls, bucket, of.partition],
      );
    });
    await connection.rows(
      `DELETE FROM ${table('buckets_by_time')} USING TIMESTAMP ?
        WHERE generation = ? AND site = ? AND shard = ?`,
      [writeTime, of.generation, siteId, of.partition],
    );
    await connection.rows(
      `DELETE FROM ${table('activity')} USING TIMESTAMP ? WHERE generation = ? AND site = ? AND shard = ?`,
      [writeTime, of.generation, siteId, of.partition],
    );
    // Those of earlier owners as well.
    const minutes = new Map<string, BucketKey>();
    await connection.each(
      `SELECT report, class, bucket, shard FROM ${table('minutes')} WHERE generation = ? AND site = ?`,
      [of.generation, siteId],
      (row) => {
        if (row['shard'] !== of.partition) return;
        const bucket = minuteOf(siteId, row);
        minutes.set(bucketName(bucket), bucket);
      },
    );
    await connection.all([...minutes], async ([name, bucket]) => {
      await this.deleteMinute(bucket, writeTime);
      this.minutes.delete(name);
    });
    for (const name of this.listed) if (name.startsWith(`${siteId}\0`)) this.listed.delete(name);
  }

  private addBatches(
    batches: Statement[][],
    bucket: BucketKey,
    rows: readonly (readonly [string, Uint8Array])[],
    writeTime: bigint,
  ): void {
    const statement = this.insertOf(bucket);
    const key = this.keyOf(bucket);
    let batch: Statement[] = [];
    let bytes = 0;
    for (const [value, row] of rows) {
      const data = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
      batch.push([statement, [...key, value, data, writeTime]]);
      bytes += value.length + row.length;
      if (bytes < BATCH_BYTES && batch.length < BATCH_ROWS) continue;
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) batches.push(batch);
  }

  private insertOf(bucket: BucketKey): string {
    const { connection } = this;
    return bucket.kind === 'minute'
      ? `INSERT INTO ${connection.table('minutes')}
          (generation, site, report, class, bucket, shard, value, row)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ${MINUTE_ROWS_TTL_S}`
      : `INSERT INTO ${connection.table(tableOf(bucket.report))}
          (generation, site, kind, class, stretch, bucket, shard, value, row)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`;
  }

  private keyOf(bucket: BucketKey): unknown[] {
    const { generation, partition } = this.of;
    const { kind, siteId } = bucket;
    const cls = TRAFFIC_CLASSES.indexOf(bucket.trafficClass);
    const at = BigInt(bucket.bucket);
    if (kind === 'minute') return [generation, siteId, bucket.report, cls, at, partition];
    const stretch = stretchOf(kind, bucket.bucket);
    return [generation, siteId, BUCKET_KINDS.indexOf(kind), cls, stretch, at, partition];
  }

  /** Has the bucket found by whoever looks for rows. */
  private async list(bucket: BucketKey, writeTime: bigint): Promise<void> {
    const { siteId, report, kind, trafficClass } = bucket;
    const { connection, of } = this;
    const [kindNumber, cls] = [BUCKET_KINDS.indexOf(kind), TRAFFIC_CLASSES.indexOf(trafficClass)];
    const at = BigInt(bucket.bucket);
    await Promise.all([
      connection.rows(
        `INSERT INTO ${connection.table('buckets')} (generation, site, report, kind, class, bucket, shard)
          VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
        [of.generation, siteId, report, kindNumber, cls, at, of.partition, writeTime],
      ),
      connection.rows(
        `INSERT INTO ${connection.table('buckets_by_time')} (generation, site, shard, kind, bucket, report, class)
          VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
        [of.generation, siteId, of.partition, kindNumber, at, report, cls, writeTime],
      ),
    ]);
    this.listed.add(bucketName(bucket));
  }

  private async writeActivity(
    siteId: string,
    activity: Activity,
    writeTime: bigint,
  ): Promise<void> {
    const { connection, of } = this;
    await connection.rows(
      `INSERT INTO ${connection.table('activity')} (generation, site, shard, first_event_at, last_event_at)
        VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?`,
      [
        of.generation,
        siteId,
        of.partition,
        BigInt(activity.firstEventAt),
        BigInt(activity.lastEventAt),
        writeTime,
      ],
    );
  }

  private async dropMinutes(before: number, writeTime: bigint): Promise<void> {
    for (const [name, bucket] of this.minutes) {
      if (bucket.bucket >= before) continue;
      await this.deleteMinute(bucket, writeTime);
      this.minutes.delete(name);
    }
  }

  private async deleteMinute(bucket: BucketKey, writeTime: bigint): Promise<void> {
    await this.connection.rows(
      `DELETE FROM ${this.connection.table('minutes')} USING TIMESTAMP ? WHERE generation = ? AND site = ?
        AND report = ? AND class = ? AND bucket = ? AND shard = ?`,
      [writeTime, ...this.keyOf(bucket)],
    );
  }
}
