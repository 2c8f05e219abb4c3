import { join } from 'node:path';
import { BUCKET_KINDS, TRAFFIC_CLASSES } from '#domain';
import {
  type Activity,
  type Checkpoint,
  type PartitionTarget,
  type PartitionWriter,
  ReportStore,
  type RowQuery,
  type RowVisitor,
} from '../report-store.js';
import { listedBuckets, stampsOf } from './bucket-changes.js';
import { CassandraPartitionWriter } from './cassandra-partition-writer.js';
import { claimEpoch } from './checkpoints.js';
import type { CassandraConnection, CassandraOptions, Row } from './connection.js';
import { dropGeneration } from './drop-generation.js';
import { LocalPartition } from './local-partition.js';
import { openCassandra, tableOf } from './schema.js';
import { SnapshotKeeper } from './snapshot-keeper.js';
import { stretchOf } from './stretch.js';

/** Stretches of buckets that are read at the same time. */
const READ_AHEAD = 32;

export interface CassandraReportStoreOptions extends CassandraOptions {
  /** Where the local copies are; `null` for a process that only reads. */
  readonly directory: string | null;
  /** How far behind a snapshot of the state may be, ms: what a new owner must fold again. */
  readonly snapshotIntervalMs?: number;
}

const SNAPSHOT_INTERVAL_MS = 10_000;

/** Rows, snapshots of state and checkpoints in Cassandra; each claimed partition has a copy on local disk. */
export class CassandraReportStore extends ReportStore {
  private readonly writers = new Map<string, CassandraPartitionWriter>();

  private constructor(
    private readonly connection: CassandraConnection,
    private readonly options: CassandraReportStoreOptions,
  ) {
    super();
  }

  static async open(options: CassandraReportStoreOptions): Promise<CassandraReportStore> {
    return new CassandraReportStore(await openCassandra(options), options);
  }

  /** Rows written since it was opened. */
  get rowsWritten(): number {
    return this.connection.rowsWritten;
  }

  async claim(target: PartitionTarget): Promise<PartitionWriter> {
    const { directory, snapshotIntervalMs = SNAPSHOT_INTERVAL_MS } = this.options;
    if (directory === null) throw new TypeError('this store was opened for reading only');
    const name = `${target.generation}-${target.partition}`;
    // Only one copy of a partition can be open in a process.
    await this.writers.get(name)?.release();
    const claim = await claimEpoch(this.connection, target);
    const local = await LocalPartition.open(join(directory, name), target);
    const snapshots = new SnapshotKeeper(this.connection, target, claim, snapshotIntervalMs);
    const parts = { connection: this.connection, target, claim, local, snapshots };
    const writer = await CassandraPartitionWriter.open(parts);
    this.writers.set(name, writer);
    return writer;
  }

  async scan(query: RowQuery, visit: RowVisitor): Promise<void> {
    if (query.kind === 'minute') return this.scanMinutes(query, visit);
    const { connection } = this;
    const { generation, siteId, report, trafficClass, from, to } = query;
    const kind = BUCKET_KINDS.indexOf(query.kind);
    const cls = TRAFFIC_CLASSES.indexOf(trafficClass);
    const read = `SELECT bucket, value, row FROM ${connection.table(tableOf(report))}
      WHERE generation = ? AND site = ? AND kind = ? AND class = ? AND stretch = ?
        AND bucket >= ? AND bucket <= ?`;
    const stretches = await this.stretchesOf(query);
    // In order of bucket, some of them ahead.
    for (let start = 0; start < stretches.length; start += READ_AHEAD) {
      const some = stretches.slice(start, start + READ_AHEAD);
      const found = await Promise.all(
        some.map((stretch) =>
          connection.rows(read, [generation, siteId, kind, cls, stretch, BigInt(from), BigInt(to)]),
        ),
      );
      for (const rows of found) visitRows(rows, visit);
    }
  }

  /** Stretches that may have rows, in order: all of a short range, else those that are listed. */
  private async stretchesOf(query: RowQuery): Promise<number[]> {
    const [first, last] = [stretchOf(query.kind, query.from), stretchOf(query.kind, query.to)];
    if (last - first < READ_AHEAD) {
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    }
    const listed = await listedBuckets(this.connection, query);
    return [...new Set(listed.map(({ bucket }) => stretchOf(query.kind, bucket)))];
  }

  override stamps(query: RowQuery): Promise<ReadonlyMap<number, string>> {
    return stampsOf(this.connection, query);
  }

  async checkpoints(generation: string): Promise<ReadonlyMap<number, Checkpoint>> {
    const found = new Map<number, Checkpoint>();
    await this.connection.each(
      `SELECT shard, epoch, position, received_at, intent FROM ${this.connection.table('checkpoints')}
        WHERE generation = ?`,
      [generation],
      (row) =>
        found.set(row['shard'] as number, {
          offset: Number(row['position']),
          receivedAt: Number(row['received_at']),
          epoch: Number(row['epoch']),
          isFlushing: Number(row['intent'] ?? 0) > Number(row['position']),
        }),
    );
    return found;
  }

  async activity(generation: string, siteId: string): Promise<Activity | null> {
    const rows = await this.connection.rows(
      `SELECT first_event_at, last_event_at FROM ${this.connection.table('activity')}
        WHERE generation = ? AND site = ?`,
      [generation, siteId],
    );
    if (rows.length === 0) return null;
    return {
      firstEventAt: Math.min(...rows.map((row) => Number(row['first_event_at']))),
      lastEventAt: Math.max(...rows.map((row) => Number(row['last_event_at']))),
    };
  }

  async dropGeneration(generation: string): Promise<void> {
    await dropGeneration(this.connection, generation);
  }

  async close(): Promise<void> {
    for (const writer of this.writers.values()) await writer.release();
    await this.connection.close();
  }

  private async scanMinutes(query: RowQuery, visit: RowVisitor): Promise<void> {
    const { generation, siteId, report, trafficClass, from, to } = query;
    await this.connection.each(
      `SELECT bucket, value, row FROM ${this.connection.table('minutes')} WHERE generation = ?
        AND site = ? AND report = ? AND class = ? AND bucket >= ? AND bucket <= ?`,
      [generation, siteId, report, TRAFFIC_CLASSES.indexOf(trafficClass), BigInt(from), BigInt(to)],
      (row) => visitRows([row], visit),
    );
  }
}

function visitRows(rows: readonly Row[], visit: RowVisitor): void {
  for (const { bucket, value, row } of rows) visit(Number(bucket), value as string, row as Buffer);
}
