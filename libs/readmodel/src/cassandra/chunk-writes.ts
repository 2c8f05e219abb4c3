import { BUCKET_KINDS, TRAFFIC_CLASSES } from '#domain';
import type { BucketKey } from '../bucket-key.js';
import type { Activity } from '../report-store.js';
import type { CassandraConnection, Statement } from './connection.js';
import type { LoadingFor } from './loaded-buckets.js';
import type { ChangedBucket } from './merge-bucket.js';
import { tableOf } from './schema.js';
import { stretchOf } from './stretch.js';

/** Statements of one partition go together, up to so many bytes: a server takes a few MiB. */
const BATCH_BYTES = 256 * 1024;
const BATCH_STATEMENTS = 200;
/** Minutes go away by themselves: realtime looks back an hour. */
const MINUTES_TTL_S = 2 * 60 * 60;

/** Writes the chunks of flushes, each with the write time of its offset. */
export class ChunkWrites {
  /** Stretches that are in the list of stretches already. */
  private readonly listed = new Set<string>();
  /** Minute buckets that were written, to be removed when they are over. */
  private minutes = new Map<string, BucketKey>();

  constructor(
    private readonly connection: CassandraConnection,
    private readonly of: LoadingFor,
  ) {}

  async write(changed: readonly ChangedBucket[], writeTime: bigint): Promise<void> {
    const { connection } = this;
    const listing = new Map<string, Statement[]>();
    const names = new Set<string>();
    const written = new Map<string, Statement[]>();
    for (const { bucket, name, shape, chunks } of changed) {
      if (bucket.kind === 'minute') this.minutes.set(name, bucket);
      else if (this.isNew(bucket, names))
        groupOf(listing, bucket.siteId).push(this.listOf(bucket, writeTime));
      const insert = this.insertOf(bucket);
      const key = [...this.keyOf(bucket), BigInt(shape.layout)];
      const statements = groupOf(written, stretchName(bucket));
      for (const [chunk, data] of chunks) {
        statements.push([insert, [...key, chunk, data, writeTime]]);
        connection.rowBytesWritten += data.length;
      }
      connection.rowsWritten += chunks.length;
    }
    await connection.all(batchesOf(listing), (batch) => connection.batch(batch));
    for (const name of names) this.listed.add(name);
    await connection.all(batchesOf(written), (batch) => connection.batch(batch));
  }

  /** Removes the layouts that a flush has replaced; only after its end. */
  async removeFormer(changed: readonly ChangedBucket[], writeTime: bigint): Promise<void> {
    const grown = changed.filter(({ hasGrown }) => hasGrown);
    await this.connection.all(grown, ({ bucket, shape }) =>
      this.connection.rows(`${this.deleteOf(bucket)} AND layout < ?`, [
        writeTime,
        ...this.keyOf(bucket),
        BigInt(shape.layout),
      ]),
    );
  }

  async writeActivity(siteId: string, activity: Activity, writeTime: bigint): Promise<void> {
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

  /** Removes minutes that are over; gives the names of their buckets. */
  async dropMinutes(before: number, writeTime: bigint): Promise<string[]> {
    const over = [...this.minutes].filter(([, { bucket }]) => bucket < before);
    await this.connection.all(over, ([, bucket]) => this.remove(bucket, writeTime));
    for (const [name] of over) this.minutes.delete(name);
    return over.map(([name]) => name);
  }

  /** Removes the rows of this partition in one bucket. */
  async remove(bucket: BucketKey, writeTime: bigint): Promise<void> {
    await this.connection.rows(this.deleteOf(bucket), [writeTime, ...this.keyOf(bucket)]);
  }

  /** A site is gone: what is written of it from now on is new. */
  forgetSite(siteId: string): void {
    for (const name of this.listed) if (name.startsWith(`${siteId}\0`)) this.listed.delete(name);
    for (const [name, { siteId: of }] of this.minutes) if (of === siteId) this.minutes.delete(name);
  }

  private insertOf(bucket: BucketKey): string {
    const { connection } = this;
    return bucket.kind === 'minute'
      ? `INSERT INTO ${connection.table('minutes')}
          (generation, site, report, class, bucket, shard, layout, chunk, data)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ${MINUTES_TTL_S}`
      : `INSERT INTO ${connection.table(tableOf(bucket.report))}
          (generation, site, kind, class, stretch, bucket, shard, layout, chunk, data)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`;
  }

  private deleteOf({ kind, report }: BucketKey): string {
    const { connection } = this;
    return kind === 'minute'
      ? `DELETE FROM ${connection.table('minutes')} USING TIMESTAMP ? WHERE generation = ? AND site = ?
          AND report = ? AND class = ? AND bucket = ? AND shard = ?`
      : `DELETE FROM ${connection.table(tableOf(report))} USING TIMESTAMP ? WHERE generation = ?
          AND site = ? AND kind = ? AND class = ? AND stretch = ? AND bucket = ? AND shard = ?`;
  }

  /** Everything before the layout. */
  private keyOf(bucket: BucketKey): unknown[] {
    const { generation, partition } = this.of;
    const { kind, siteId } = bucket;
    const cls = TRAFFIC_CLASSES.indexOf(bucket.trafficClass);
    const at = BigInt(bucket.bucket);
    if (kind === 'minute') return [generation, siteId, bucket.report, cls, at, partition];
    const stretch = stretchOf(kind, bucket.bucket);
    return [generation, siteId, BUCKET_KINDS.indexOf(kind), cls, stretch, at, partition];
  }

  /** Whether the stretch of a bucket is not in the list yet, nor in `names`, where it is noted. */
  private isNew(bucket: BucketKey, names: Set<string>): boolean {
    const name = stretchName(bucket);
    if (this.listed.has(name) || names.has(name)) return false;
    names.add(name);
    return true;
  }

  /** Has the stretch of a bucket found by whoever looks for rows. */
  private listOf(bucket: BucketKey, writeTime: bigint): Statement {
    const { siteId, report, kind, trafficClass } = bucket;
    const { generation, partition } = this.of;
    const stretch = stretchOf(kind, bucket.bucket);
    const cls = TRAFFIC_CLASSES.indexOf(trafficClass);
    return [
      `INSERT INTO ${this.connection.table('stretches')}
        (generation, site, shard, kind, stretch, report, class)
        VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
      [generation, siteId, partition, BUCKET_KINDS.indexOf(kind), stretch, report, cls, writeTime],
    ];
  }
}

/** One text for all buckets of a stretch; of minutes, for those of a site. */
function stretchName({ siteId, report, kind, trafficClass, bucket }: BucketKey): string {
  if (kind === 'minute') return `${siteId}\0${kind}`;
  return `${siteId}\0${report}\0${kind}\0${trafficClass}\0${stretchOf(kind, bucket)}`;
}

function groupOf<T>(groups: Map<string, T[]>, name: string): T[] {
  const group = groups.get(name) ?? [];
  groups.set(name, group);
  return group;
}

/** The statements of each partition in batches. */
function batchesOf(groups: ReadonlyMap<string, Statement[]>): Statement[][] {
  const batches: Statement[][] = [];
  for (const group of groups.values()) {
    let batch: Statement[] = [];
    let bytes = 0;
    for (const statement of group) {
      batch.push(statement);
      const data = statement[1].at(-2);
      bytes += Buffer.isBuffer(data) ? data.length : 0;
      if (bytes < BATCH_BYTES && batch.length < BATCH_STATEMENTS) continue;
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) batches.push(batch);
  }
  return batches;
}
