/**
 * Checkpoints, changed by conditional statements only: whoever is not the owner any more changes nothing.
 *
 * A flush is announced (`intent`) before its first row is written, and ends with the checkpoint. Whoever
 * takes over a partition in between knows to which offset some of the rows may be complete already.
 */
import { type Checkpoint, type PartitionTarget, StoreError } from '../report-store.js';
import type { CassandraConnection } from './connection.js';
import { NO_SNAPSHOT, type SnapshotManifest } from './snapshots.js';

/** What a new owner starts from. */
export interface Claim {
  readonly checkpoint: Checkpoint;
  /** End of a flush that was announced and not ended; `null` when there is none. */
  readonly intent: number | null;
  readonly snapshot: SnapshotManifest;
}

/** Makes the caller the owner of a partition: every earlier owner is fenced off. */
export async function claimEpoch(
  connection: CassandraConnection,
  { generation, partition, logId }: PartitionTarget,
): Promise<Claim> {
  const table = connection.table('checkpoints');
  for (;;) {
    const [row] = await connection.rows(
      `SELECT epoch, position, received_at, intent, log_id, snapshot FROM ${table}
        WHERE generation = ? AND shard = ?`,
      [generation, partition],
    );
    if (row === undefined) {
      const applied = await connection.applies(
        `INSERT INTO ${table} (generation, shard, epoch, position, received_at, log_id)
          VALUES (?, ?, 1, 0, 0, ?) IF NOT EXISTS`,
        [generation, partition, logId],
      );
      if (!applied) continue;
      return {
        checkpoint: { offset: 0, receivedAt: 0, epoch: 1 },
        intent: null,
        snapshot: NO_SNAPSHOT,
      };
    }
    if (row['log_id'] !== logId) {
      const message = `the read models belong to log ${row['log_id']}, not to ${logId}: they cannot be mixed`;
      throw new StoreError('other_log', message, false);
    }
    const epoch = row['epoch'] as bigint;
    const applied = await connection.applies(
      `UPDATE ${table} SET epoch = ? WHERE generation = ? AND shard = ? IF epoch = ?`,
      [epoch + 1n, generation, partition, epoch],
    );
    if (!applied) continue;
    // Once more: the earlier owner may have flushed between the two statements.
    const [now] = await connection.rows(
      `SELECT position, received_at, intent, snapshot FROM ${table} WHERE generation = ? AND shard = ?`,
      [generation, partition],
    );
    const { position, received_at: receivedAt, intent, snapshot } = now ?? row;
    return {
      checkpoint: {
        offset: Number(position),
        receivedAt: Number(receivedAt),
        epoch: Number(epoch + 1n),
      },
      // A flush that was to end where the last one did had nothing to write.
      intent: Number(intent ?? 0) > Number(position) ? Number(intent) : null,
      snapshot: typeof snapshot === 'string' ? JSON.parse(snapshot) : NO_SNAPSHOT,
    };
  }
}

/** Where each partition of a generation stands. */
export async function readCheckpoints(
  connection: CassandraConnection,
  generation: string,
): Promise<ReadonlyMap<number, Checkpoint>> {
  const rows = await connection.rows(
    `SELECT shard, epoch, position, received_at, intent FROM ${connection.table('checkpoints')}
      WHERE generation = ?`,
    [generation],
  );
  return new Map(
    rows.map(({ shard, epoch, position, received_at: receivedAt, intent }) => [
      shard as number,
      {
        offset: Number(position),
        receivedAt: Number(receivedAt),
        epoch: Number(epoch),
        isFlushing: Number(intent ?? 0) > Number(position),
      },
    ]),
  );
}

/** Says to which offset rows are about to be written. */
export async function announceFlush(
  connection: CassandraConnection,
  target: PartitionTarget,
  epoch: number,
  intent: number,
): Promise<void> {
  const applied = await connection.applies(
    `UPDATE ${connection.table('checkpoints')} SET intent = ?
      WHERE generation = ? AND shard = ? IF epoch = ?`,
    [BigInt(intent), target.generation, target.partition, BigInt(epoch)],
  );
  if (!applied) throw fenced(target);
}

/** Says that all rows are complete to the checkpoint's offset. */
export async function endFlush(
  connection: CassandraConnection,
  target: PartitionTarget,
  checkpoint: Checkpoint,
  snapshot: SnapshotManifest,
): Promise<void> {
  const applied = await connection.applies(
    `UPDATE ${connection.table('checkpoints')}
      SET position = ?, received_at = ?, intent = null, snapshot = ?
      WHERE generation = ? AND shard = ? IF epoch = ?`,
    [
      BigInt(checkpoint.offset),
      BigInt(checkpoint.receivedAt),
      JSON.stringify(snapshot),
      target.generation,
      target.partition,
      BigInt(checkpoint.epoch),
    ],
  );
  if (!applied) throw fenced(target);
}

function fenced({ partition, generation }: PartitionTarget): StoreError {
  const message = `partition ${partition} of generation ${generation} was taken over`;
  return new StoreError('fenced', message, false);
}
