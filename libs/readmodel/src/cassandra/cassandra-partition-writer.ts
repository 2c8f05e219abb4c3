/**
 * One partition's side of the cluster's store. The order of a flush: announce it, write all rows, a part of
 * the state's snapshot when one is due, the checkpoint, and then the local copy. A crash anywhere leaves a
 * state from which the next owner gets to the same numbers: see docs/adr/0008.
 */
import { type BucketKey, bucketName } from '../bucket-key.js';
import { joinActivity } from '../embedded/databases.js';
import {
  type Activity,
  type Checkpoint,
  type Flush,
  type PartitionTarget,
  PartitionWriter,
} from '../report-store.js';
import { BucketChanges } from './bucket-changes.js';
import { announceFlush, type Claim, endFlush } from './checkpoints.js';
import { ChunkWrites } from './chunk-writes.js';
import type { CassandraConnection } from './connection.js';
import { deleteSite } from './delete-site.js';
import { LoadedBuckets } from './loaded-buckets.js';
import type { LocalPartition } from './local-partition.js';
import { type ChangedBucket, mergeBucket } from './merge-bucket.js';
import type { SnapshotKeeper } from './snapshot-keeper.js';
import { writeTimeOf } from './write-time.js';

/** A local copy that is so many events behind is caught up by folding; further behind, a snapshot is read. */
const FOLD_EVENTS_MAX = 200_000;

/** What a writer works with. */
export interface WriterParts {
  readonly connection: CassandraConnection;
  readonly target: PartitionTarget;
  readonly claim: Claim;
  readonly local: LocalPartition;
  readonly snapshots: SnapshotKeeper;
  /** Mean bytes of a chunk from which on a bucket gets more of them. */
  readonly chunkBytes: number;
}

export class CassandraPartitionWriter extends PartitionWriter {
  private current: Checkpoint;
  private unfinished: number | null;
  private readonly loaded: LoadedBuckets;
  private readonly chunks: ChunkWrites;
  private readonly changes: BucketChanges;
  private readonly activity = new Map<string, Activity | null>();

  private readonly connection: CassandraConnection;
  private readonly target: PartitionTarget;
  private readonly local: LocalPartition;
  private readonly snapshots: SnapshotKeeper;

  private readonly chunkBytes: number;

  private constructor({ connection, target, claim, local, snapshots, chunkBytes }: WriterParts) {
    super();
    this.chunkBytes = chunkBytes;
    this.connection = connection;
    this.target = target;
    this.local = local;
    this.snapshots = snapshots;
    this.current = claim.checkpoint;
    this.unfinished = claim.intent;
    this.loaded = new LoadedBuckets(connection, target, local, claim.intent);
    this.chunks = new ChunkWrites(connection, target);
    this.changes = new BucketChanges(connection, target, claim.checkpoint.epoch);
  }

  static async open(parts: WriterParts): Promise<CassandraPartitionWriter> {
    const { claim, local, snapshots } = parts;
    const { offset } = claim.checkpoint;
    const here = local.writer.checkpoint.offset;
    const isUseful = here <= offset && offset - here <= FOLD_EVENTS_MAX;
    if (!isUseful || here < snapshots.offset) {
      await local.reset();
      await snapshots.restore(local);
    }
    return new CassandraPartitionWriter(parts);
  }

  get checkpoint(): Checkpoint {
    return this.current;
  }

  override get statePosition(): Omit<Checkpoint, 'epoch'> {
    return this.local.writer.checkpoint;
  }

  override get unfinishedFlush(): number | null {
    return this.unfinished;
  }

  row(bucket: BucketKey, value: string): Uint8Array | undefined {
    this.loaded.assertReady(bucket);
    return this.local.rows.row(bucket, value);
  }

  valueCount(bucket: BucketKey): number {
    this.loaded.assertReady(bucket);
    return this.local.rows.shape(bucketName(bucket))?.values ?? 0;
  }

  values(bucket: BucketKey): Iterable<string> {
    this.loaded.assertReady(bucket);
    return this.local.rows.values(bucket);
  }

  state(key: string): Uint8Array | undefined {
    return this.local.writer.state(key);
  }

  stateRange(prefix: string): Iterable<readonly [key: string, bytes: Uint8Array]> {
    return this.local.writer.stateRange(prefix);
  }

  override isReady(siteId: string, occurredAt: number): boolean {
    return this.loaded.isReady(siteId, occurredAt);
  }

  override async prepare(siteId: string, occurredAt: number): Promise<void> {
    await this.loaded.prepare(siteId, occurredAt);
  }

  override async loadMissing(): Promise<void> {
    await this.loaded.loadMissing();
  }

  override async commitState(
    state: Flush['state'],
    position: Omit<Checkpoint, 'epoch'>,
  ): Promise<void> {
    await this.local.put({ state, checkpoint: position });
    this.snapshots.note(state);
  }

  async commit(flush: Flush): Promise<void> {
    const { connection, target, current } = this;
    const { offset } = flush.checkpoint;
    const next = { ...flush.checkpoint, epoch: current.epoch };
    const writeTime = writeTimeOf(offset);
    await announceFlush(connection, target, next.epoch, offset);
    const deletedSites = [...flush.deletedSites];
    const rows = [...flush.rows];
    const changed = this.merge(rows, new Set(deletedSites));
    await this.changes.announce(rows, deletedSites, offset, writeTime);
    for (const siteId of deletedSites) {
      await deleteSite(connection, target, siteId, writeTime);
      this.chunks.forgetSite(siteId);
      this.loaded.forgetSite(siteId);
      this.activity.set(siteId, null);
    }
    await this.chunks.write(changed, writeTime);
    const activity = await this.writeActivity(flush.activity, writeTime);
    const removed = await this.chunks.dropMinutes(flush.minutesBefore, writeTime);
    const state = [...flush.state];
    const manifest = await this.snapshots.withFlush(state, next, this.local);
    await endFlush(connection, target, next, manifest);
    this.snapshots.accept(manifest);
    for (const [siteId, each] of activity) this.activity.set(siteId, each);
    this.local.rows.change({ deletedSites, put: changed, removed });
    await this.local.put({ state, checkpoint: flush.checkpoint });
    // What is left behind by a failure here is garbage, not a fault.
    this.chunks.removeFormer(changed, writeTime).catch(() => {});
    this.current = next;
    if (this.unfinished === null) return;
    this.unfinished = null;
    this.loaded.endRecovery();
  }

  /** Gives up the local copy; whoever still uses this writer finds it closed. */
  async release(): Promise<void> {
    await this.local.close();
  }

  private merge(rows: Flush['rows'], deleted: ReadonlySet<string>): ChangedBucket[] {
    const changed: ChangedBucket[] = [];
    const context = {
      local: this.local.rows,
      epoch: this.current.epoch,
      chunkBytes: this.chunkBytes,
      isAhead: (name: string, chunk: number) => this.loaded.isAhead(name, chunk),
    };
    for (const { bucket, rows: some } of rows) {
      const isEmpty = deleted.has(bucket.siteId);
      const merged = mergeBucket(bucket, some, { ...context, isEmpty });
      if (merged !== null) changed.push(merged);
    }
    return changed;
  }

  private async writeActivity(
    found: Flush['activity'],
    writeTime: bigint,
  ): Promise<[string, Activity][]> {
    const activity: [string, Activity][] = [];
    for (const [siteId, each] of found) {
      const joined = joinActivity(await this.activityOf(siteId), each);
      activity.push([siteId, joined]);
      await this.chunks.writeActivity(siteId, joined, writeTime);
    }
    return activity;
  }

  private async activityOf(siteId: string): Promise<Activity | null> {
    const known = this.activity.get(siteId);
    if (known !== undefined) return known;
    const { generation, partition } = this.target;
    const [row] = await this.connection.rows(
      `SELECT first_event_at, last_event_at FROM ${this.connection.table('activity')}
        WHERE generation = ? AND site = ? AND shard = ?`,
      [generation, siteId, partition],
    );
    const stored =
      row === undefined
        ? null
        : {
            firstEventAt: Number(row['first_event_at']),
            lastEventAt: Number(row['last_event_at']),
          };
    this.activity.set(siteId, stored);
    return stored;
  }
}
