import { join } from 'node:path';
import { committed, openEnvironment } from '#lmdb';
import {
  type Activity,
  type Checkpoint,
  type PartitionTarget,
  type PartitionWriter,
  ReportStore,
  type RowBytesVisitor,
  type RowQuery,
  type RowVisitor,
  StoreError,
} from '../report-store.js';
import { bucketAt, chunkAt, rangeOf, STAMP_CHUNK, shardAt } from '../row-key.js';
import { visitChunk, visitPlaces } from './chunk.js';
import { checkpointKey, type Databases, joinActivity, type StoredCheckpoint } from './databases.js';
import { EmbeddedPartitionWriter } from './embedded-partition-writer.js';
import { adoptLayout } from './layout.js';
import { toStoreError } from './store-error.js';

/** Rows, state and checkpoints in LMDB: one flush is one transaction, on disk when it resolves. */
export class EmbeddedReportStore extends ReportStore {
  private isClosed = false;

  private constructor(private readonly db: Databases) {
    super();
  }

  /** @param options.isTemporary what is written need not outlive a crash */
  static open(options: {
    directory: string;
    readOnly?: boolean;
    isTemporary?: boolean;
  }): EmbeddedReportStore {
    const { directory, readOnly = false, isTemporary = false } = options;
    try {
      const root = openEnvironment({
        path: join(directory, 'readmodel'),
        overlappingSync: false,
        maxDbs: 8,
        compression: false,
        noSync: isTemporary,
        readOnly,
      });
      const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
      const db: Databases = {
        root,
        rows: root.openDB<Buffer, Buffer>('rows', binary),
        state: root.openDB<Buffer, Buffer>('state', binary),
        counts: root.openDB<number, Buffer>('counts', { encoding: 'json', keyEncoding: 'binary' }),
        checkpoints: root.openDB<StoredCheckpoint, string>('checkpoints', { encoding: 'json' }),
        activity: root.openDB<Activity, string>('activity', { encoding: 'json' }),
      };
      adoptLayout(db, root.openDB<number, string>('meta', { encoding: 'json' }), readOnly);
      return new EmbeddedReportStore(db);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  async claim(target: PartitionTarget): Promise<PartitionWriter> {
    this.assertOpen();
    const { checkpoints, root } = this.db;
    const name = checkpointKey(target.generation, target.partition);
    root.resetReadTxn();
    const known = checkpoints.get(name);
    if (known !== undefined && known.logId !== target.logId) {
      throw new StoreError(
        'other_log',
        `the read models belong to log ${known.logId}, not to ${target.logId}: they cannot be mixed`,
        false,
      );
    }
    const checkpoint = {
      offset: known?.offset ?? 0,
      receivedAt: known?.receivedAt ?? 0,
      epoch: (known?.epoch ?? 0) + 1,
      logId: target.logId,
    };
    try {
      await committed(checkpoints.put(name, checkpoint));
    } catch (error) {
      throw toStoreError(error);
    }
    return new EmbeddedPartitionWriter(this.db, target, checkpoint);
  }

  async scan(query: RowQuery, visit: RowVisitor): Promise<void> {
    this.assertOpen();
    this.db.root.resetReadTxn();
    for (const { key, value } of this.db.rows.getRange(rangeOf(query))) {
      const bucket = bucketAt(key);
      visitChunk(value, (text, row) => visit(bucket, text, row));
    }
  }

  override async scanBytes(query: RowQuery, visit: RowBytesVisitor): Promise<void> {
    this.assertOpen();
    this.db.root.resetReadTxn();
    for (const { key, value } of this.db.rows.getRange(rangeOf(query))) {
      const bucket = bucketAt(key);
      visitPlaces(value, (place) => visit(bucket, value, place));
    }
  }

  override async stamps(query: RowQuery): Promise<ReadonlyMap<number, string>> {
    this.assertOpen();
    this.db.root.resetReadTxn();
    const found = new Map<number, string>();
    for (const { key, value } of this.db.counts.getRange(rangeOf(query))) {
      if (chunkAt(key) !== STAMP_CHUNK) continue;
      const bucket = bucketAt(key);
      found.set(bucket, `${found.get(bucket) ?? ''}${shardAt(key)}:${value} `);
    }
    return found;
  }

  async checkpoints(generation: string): Promise<ReadonlyMap<number, Checkpoint>> {
    this.assertOpen();
    this.db.root.resetReadTxn();
    const found = new Map<number, Checkpoint>();
    const range = { start: `${generation}/`, end: `${generation}0` };
    for (const { key, value } of this.db.checkpoints.getRange(range)) {
      found.set(Number(key.slice(generation.length + 1)), value);
    }
    return found;
  }

  async activity(generation: string, siteId: string): Promise<Activity | null> {
    this.assertOpen();
    this.db.root.resetReadTxn();
    let all: Activity | null = null;
    const start = `${generation}/${siteId}/`;
    for (const { value } of this.db.activity.getRange({ start, end: `${start}~` })) {
      all = joinActivity(all, value);
    }
    return all;
  }

  async dropGeneration(generation: string): Promise<void> {
    this.assertOpen();
    const { root, rows, state, counts, checkpoints, activity } = this.db;
    const binary = {
      start: Buffer.from(`${generation}\0`),
      end: Buffer.from(`${generation}\u0001`),
    };
    const text = { start: `${generation}/`, end: `${generation}0` };
    root.transactionSync(() => {
      for (const key of rows.getKeys(binary)) rows.remove(key);
      for (const key of state.getKeys(binary)) state.remove(key);
      for (const key of counts.getKeys(binary)) counts.remove(key);
      for (const key of checkpoints.getKeys(text)) checkpoints.remove(key);
      for (const key of activity.getKeys(text)) activity.remove(key);
    });
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.db.root.close();
  }

  private assertOpen(): void {
    if (this.isClosed) throw new StoreError('closed', 'the report store is closed', false);
  }
}
