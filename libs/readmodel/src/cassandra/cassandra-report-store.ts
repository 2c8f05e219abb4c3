import { join } from 'node:path';
import { BUCKET_KINDS, TRAFFIC_CLASSES } from '#domain';
import { visitChunk, visitPlaces } from '../embedded/chunk.js';
import {
  type Activity,
  type Checkpoint,
  type PartitionTarget,
  type PartitionWriter,
  ReportStore,
  type RowBytesVisitor,
  type RowQuery,
  type RowVisitor,
} from '../report-store.js';
import { readChanges, stampsOf } from './bucket-changes.js';
import { CassandraPartitionWriter } from './cassandra-partition-writer.js';
import { claimEpoch, readCheckpoints } from './checkpoints.js';
import {
  CHUNK_BYTES,
  CHUNK_COLUMNS,
  type StoredChunk,
  storedChunkOf,
  visitValid,
} from './chunk-layout.js';
import type { CassandraConnection, CassandraOptions, Row } from './connection.js';
import { dropGeneration } from './drop-generation.js';
import { LocalPartition } from './local-partition.js';
import { openCassandra, tableOf } from './schema.js';
import { SharedRead } from './shared-read.js';
import { SnapshotKeeper } from './snapshot-keeper.js';
import { stretchOf } from './stretch.js';

/** Stretches of buckets that are read at the same time. */
const READ_AHEAD = 32;

export interface CassandraReportStoreOptions extends CassandraOptions {
  /** Where the local copies are; `null` for a process that only reads. */
  readonly directory: string | null;
  /** How far behind a snapshot of the state may be, ms: what a new owner must fold again. */
  readonly snapshotIntervalMs?: number;
  /** Mean bytes of a chunk from which on a bucket gets more of them. */
  readonly chunkBytes?: number;
}

const SNAPSHOT_INTERVAL_MS = 10_000;

/** Rows, snapshots of state and checkpoints in Cassandra; each claimed partition has a copy on local disk. */
export class CassandraReportStore extends ReportStore {
  private readonly writers = new Map<string, CassandraPartitionWriter>();
  private readonly changes = new SharedRead((generation, siteId) =>
    readChanges(this.connection, generation, siteId),
  );
  private readonly progress = new SharedRead((generation) =>
    readCheckpoints(this.connection, generation),
  );
  private readonly activities = new SharedRead((generation, siteId) =>
    readActivity(this.connection, generation, siteId),
  );

  private constructor(
    private readonly connection: CassandraConnection,
    private readonly options: CassandraReportStoreOptions,
  ) {
    super();
  }

  static async open(options: CassandraReportStoreOptions): Promise<CassandraReportStore> {
    return new CassandraReportStore(await openCassandra(options), options);
  }

  /** Rows of tables of reports that were written since it was opened. */
  get rowsWritten(): number {
    return this.connection.rowsWritten;
  }

  /** The bytes in them. */
  get rowBytesWritten(): number {
    return this.connection.rowBytesWritten;
  }

  async claim(target: PartitionTarget): Promise<PartitionWriter> {
    const {
      directory,
      snapshotIntervalMs = SNAPSHOT_INTERVAL_MS,
      chunkBytes = CHUNK_BYTES,
    } = this.options;
    if (directory === null) throw new TypeError('this store was opened for reading only');
    const name = `${target.generation}-${target.partition}`;
    // Only one copy of a partition can be open in a process.
    await this.writers.get(name)?.release();
    const claim = await claimEpoch(this.connection, target);
    const local = await LocalPartition.open(join(directory, name), target);
    const snapshots = new SnapshotKeeper(this.connection, target, claim, snapshotIntervalMs);
    const parts = { connection: this.connection, target, claim, local, snapshots, chunkBytes };
    const writer = await CassandraPartitionWriter.open(parts);
    this.writers.set(name, writer);
    return writer;
  }

  async scan(query: RowQuery, visit: RowVisitor): Promise<void> {
    await this.eachChunk(query, ({ bucket, data }) =>
      visitChunk(data, (value, row) => visit(bucket, value, row)),
    );
  }

  override async scanBytes(query: RowQuery, visit: RowBytesVisitor): Promise<void> {
    await this.eachChunk(query, ({ bucket, data }) =>
      visitPlaces(data, (place) => visit(bucket, data, place)),
    );
  }

  override stamps(query: RowQuery): Promise<ReadonlyMap<number, string>> {
    const { generation, siteId } = query;
    return stampsOf(query, {
      changes: () => this.changes.get(generation, siteId),
      checkpoints: () => this.progress.get(generation),
    });
  }

  checkpoints(generation: string): Promise<ReadonlyMap<number, Checkpoint>> {
    return this.progress.get(generation);
  }

  activity(generation: string, siteId: string): Promise<Activity | null> {
    return this.activities.get(generation, siteId);
  }

  async dropGeneration(generation: string): Promise<void> {
    await dropGeneration(this.connection, generation);
  }

  async close(): Promise<void> {
    for (const writer of this.writers.values()) await writer.release();
    await this.connection.close();
  }

  /** Calls `visit` with all chunks of a query, in order of bucket. */
  private async eachChunk(query: RowQuery, visit: (chunk: StoredChunk) => void): Promise<void> {
    const stretches = await this.stretchesOf(query);
    // Some of them ahead.
    for (let start = 0; start < stretches.length; start += READ_AHEAD) {
      const some = stretches.slice(start, start + READ_AHEAD);
      const found = await Promise.all(some.map((stretch) => this.readStretch(query, stretch)));
      for (const rows of found) {
        visitValid(rows.map(storedChunkOf), (valid) => {
          for (const chunk of valid) visit(chunk);
        });
      }
    }
  }

  /** Stretches that may have rows, in order: all of a short range, else those that are listed. */
  private async stretchesOf({ kind, from, to, ...query }: RowQuery): Promise<number[]> {
    const [first, last] = kind === 'minute' ? [0, 0] : [stretchOf(kind, from), stretchOf(kind, to)];
    if (last - first < READ_AHEAD) {
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    }
    const { generation, siteId, report, trafficClass } = query;
    const cls = TRAFFIC_CLASSES.indexOf(trafficClass);
    const shards = [...(await this.changes.get(generation, siteId)).keys()];
    const listed = await Promise.all(
      shards.map((shard) =>
        this.connection.rows(
          `SELECT stretch, report, class FROM ${this.connection.table('stretches')}
            WHERE generation = ? AND site = ? AND shard = ? AND kind = ?`,
          [generation, siteId, shard, BUCKET_KINDS.indexOf(kind)],
        ),
      ),
    );
    const stretches = listed
      .flat()
      .filter((row) => row['report'] === report && row['class'] === cls)
      .map((row) => row['stretch'] as number)
      .filter((stretch) => stretch >= first && stretch <= last);
    return [...new Set(stretches)].sort((a, b) => a - b);
  }

  private readStretch(query: RowQuery, stretch: number): Promise<Row[]> {
    const { connection } = this;
    const { generation, siteId, report, from, to } = query;
    const cls = TRAFFIC_CLASSES.indexOf(query.trafficClass);
    const range = [BigInt(from), BigInt(to)];
    if (query.kind === 'minute') {
      return connection.rows(
        `SELECT ${CHUNK_COLUMNS} FROM ${connection.table('minutes')} WHERE generation = ? AND site = ?
          AND report = ? AND class = ? AND bucket >= ? AND bucket <= ?`,
        [generation, siteId, report, cls, ...range],
      );
    }
    return connection.rows(
      `SELECT ${CHUNK_COLUMNS} FROM ${connection.table(tableOf(report))} WHERE generation = ?
        AND site = ? AND kind = ? AND class = ? AND stretch = ? AND bucket >= ? AND bucket <= ?`,
      [generation, siteId, BUCKET_KINDS.indexOf(query.kind), cls, stretch, ...range],
    );
  }
}

async function readActivity(
  connection: CassandraConnection,
  generation: string,
  siteId: string,
): Promise<Activity | null> {
  const rows = await connection.rows(
    `SELECT first_event_at, last_event_at FROM ${connection.table('activity')}
      WHERE generation = ? AND site = ?`,
    [generation, siteId],
  );
  if (rows.length === 0) return null;
  return {
    firstEventAt: Math.min(...rows.map((row) => Number(row['first_event_at']))),
    lastEventAt: Math.max(...rows.map((row) => Number(row['last_event_at']))),
  };
}
