/**
 * One partition's side of the cluster's store. The order of a flush: announce it, write all rows, a part of
 * the state's snapshot when one is due, the checkpoint, and then the local copy. A crash anywhere leaves a
 * state from which the next owner gets to the same numbers: see docs/adr/0008.
 */
import { type BucketKey, rowName } from '../bucket-key.js';
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
import type { CassandraConnection } from './connection.js';
import { LoadedBuckets } from './loaded-buckets.js';
import type { LocalPartition } from './local-partition.js';
import { RowWrites } from './row-writes.js';
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
}

export class CassandraPartitionWriter extends PartitionWriter {
  private current: Checkpoint;
  private unfinished: number | null;
  private readonly loaded: LoadedBuckets;
  private readonly rows: RowWrites;
  private readonly changes: BucketChanges;
  private readonly activity = new Map<string, Activity | null>();

  private readonly connection: CassandraConnection;
  private readonly target: PartitionTarget;
  private readonly local: LocalPartition;
  private readonly snapshots: SnapshotKeeper;

  private constructor({ connection, target, claim, local, snapshots }: WriterParts) {
    super();
    this.connection = connection;
    this.target = target;
    this.local = local;
    this.snapshots = snapshots;
    this.current = claim.checkpoint;
    this.unfinished = claim.intent;
    this.loaded = new LoadedBuckets(connection, target, local, claim.intent);
    this.rows = new RowWrites(connection, target);
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
    return this.local.writer.row(bucket, value);
  }

  valueCount(bucket: BucketKey): number {
    this.loaded.assertReady(bucket);
    return this.local.writer.valueCount(bucket);
  }

  values(bucket: BucketKey): Iterable<string> {
    this.loaded.assertReady(bucket);
    return this.local.writer.values(bucket);
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
    await this.changes.announce(rows, deletedSites, offset, writeTime);
    for (const siteId of deletedSites) {
      await this.rows.deleteSite(siteId, writeTime);
      this.loaded.forgetSite(siteId);
      this.activity.set(siteId, null);
    }
    const activity: [string, Activity][] = [];
    for (const [siteId, each] of flush.activity) {
      activity.push([siteId, joinActivity(await this.activityOf(siteId), each)]);
    }
    const { ahead } = this.loaded;
    await this.rows.write({ ...flush, rows, activity }, writeTime, (name) => ahead.has(name));
    const state = [...flush.state];
    const manifest = await this.snapshots.withFlush(state, next, this.local);
    await endFlush(connection, target, next, manifest);
    this.snapshots.accept(manifest);
    for (const [siteId, each] of activity) this.activity.set(siteId, each);
    await this.local.writer.commit({ ...flush, rows: this.withoutAhead(rows), state, activity });
    this.current = next;
    if (this.unfinished === null) return;
    this.unfinished = null;
    this.loaded.endRecovery();
  }

  /** Gives up the local copy; whoever still uses this writer finds it closed. */
  async release(): Promise<void> {
    await this.local.close();
  }

  private withoutAhead(rows: Flush['rows']): Flush['rows'] {
    const { ahead } = this.loaded;
    if (ahead.size === 0) return rows;
    return [...rows].map(({ bucket, rows: list }) => ({
      bucket,
      rows: list.filter(([value]) => !ahead.has(rowName(bucket, value))),
    }));
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
