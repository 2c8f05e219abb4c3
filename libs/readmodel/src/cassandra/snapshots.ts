/**
 * Snapshots of the fold's state: a base, which is all of it, and increments, which are what changed since.
 * Each part is immutable and belongs to one offset and one owner; the checkpoint names the parts that hold,
 * so that a part whose owner was fenced off is never read.
 */
import { ByteReader, ByteWriter } from '#events';
import type { PartitionTarget } from '../report-store.js';
import type { CassandraConnection } from './connection.js';

/** A part of a snapshot. */
export interface SnapshotPart {
  readonly offset: number;
  readonly receivedAt: number;
  readonly epoch: number;
  readonly chunks: number;
  readonly bytes: number;
}

/** The parts, base first, that together are the state as of the last one's offset. */
export interface SnapshotManifest {
  readonly parts: readonly SnapshotPart[];
}

export const NO_SNAPSHOT: SnapshotManifest = { parts: [] };

export type StateWrite = readonly [key: string, bytes: Uint8Array | null];

/** A chunk is one statement: far below what a server takes. */
const CHUNK_BYTES = 512 * 1024;

/** Writes one part; it holds as soon as a checkpoint names it. */
export async function writePart(
  connection: CassandraConnection,
  target: PartitionTarget,
  at: Pick<SnapshotPart, 'offset' | 'receivedAt' | 'epoch'>,
  writes: Iterable<StateWrite>,
): Promise<SnapshotPart> {
  const insert = `INSERT INTO ${connection.table('snapshots')}
    (generation, shard, position, epoch, chunk, data) VALUES (?, ?, ?, ?, ?, ?)`;
  const { generation, partition } = target;
  const key = [generation, partition, BigInt(at.offset), BigInt(at.epoch)];
  const writer = new ByteWriter(1 << 16);
  let underway: Promise<unknown> = Promise.resolve();
  let chunks = 0;
  let bytes = 0;
  const put = async () => {
    await underway;
    const data = Buffer.from(writer.view());
    underway = connection.rows(insert, [...key, chunks, data]);
    chunks += 1;
    bytes += data.length;
    writer.reset();
  };
  for (const [name, value] of writes) {
    writer.text(name);
    writer.varint(value === null ? 0 : value.length + 1);
    if (value !== null) writer.raw(value);
    if (writer.length >= CHUNK_BYTES) await put();
  }
  await put();
  await underway;
  return { ...at, chunks, bytes };
}

/** Reads a part, chunk by chunk. */
export async function* readPart(
  connection: CassandraConnection,
  target: PartitionTarget,
  part: SnapshotPart,
): AsyncIterable<StateWrite[]> {
  const select = `SELECT data FROM ${connection.table('snapshots')} WHERE generation = ? AND shard = ?
    AND position = ? AND epoch = ? AND chunk = ?`;
  const { generation, partition } = target;
  const key = [generation, partition, BigInt(part.offset), BigInt(part.epoch)];
  const read = (chunk: number) => connection.rows(select, [...key, chunk]);
  let ahead = read(0);
  for (let chunk = 0; chunk < part.chunks; chunk += 1) {
    const [row] = await ahead;
    if (row === undefined)
      throw new Error(`chunk ${chunk} of the snapshot at ${part.offset} is gone`);
    ahead = chunk + 1 < part.chunks ? read(chunk + 1) : Promise.resolve([]);
    yield decodeChunk(row['data'] as Buffer);
  }
}

/** Removes parts that no checkpoint names any more. */
export async function removeParts(
  connection: CassandraConnection,
  target: PartitionTarget,
  parts: readonly SnapshotPart[],
): Promise<void> {
  const remove = `DELETE FROM ${connection.table('snapshots')} WHERE generation = ? AND shard = ?
    AND position = ? AND epoch = ? AND chunk = ?`;
  const { generation, partition } = target;
  for (const { offset, epoch, chunks } of parts) {
    const list = Array.from({ length: chunks }, (_, chunk) => chunk);
    await connection.all(list, (chunk) =>
      connection.rows(remove, [generation, partition, BigInt(offset), BigInt(epoch), chunk]),
    );
  }
}

function decodeChunk(data: Buffer): StateWrite[] {
  const writes: StateWrite[] = [];
  const reader = new ByteReader(data);
  while (reader.at < data.length) {
    const key = reader.text();
    const length = reader.varint();
    writes.push([key, length === 0 ? null : reader.raw(length - 1)]);
  }
  return writes;
}
