import type { Checkpoint, PartitionTarget } from '../report-store.js';
import type { Claim } from './checkpoints.js';
import type { CassandraConnection } from './connection.js';
import type { LocalPartition } from './local-partition.js';
import {
  readPart,
  removeParts,
  type SnapshotManifest,
  type StateWrite,
  writePart,
} from './snapshots.js';

/** How far behind a snapshot may be in bytes, which wait in memory meanwhile. */
const WAITING_BYTES_MAX = 32 << 20;
/** Increments are merged into a new base when they outweigh it, or are many. */
const PARTS_MAX = 60;
const BASE_BYTES_MIN = 8 << 20;

/** Decides when parts of the state's snapshot are written, and which parts hold. */
export class SnapshotKeeper {
  private manifest: SnapshotManifest;
  private waiting = new Map<string, Uint8Array | null>();
  private waitingBytes = 0;
  private writtenAt = performance.now();
  /** Whether `waiting` has all that changed since the last part: not after a start from a local copy. */
  private isComplete = false;

  constructor(
    private readonly connection: CassandraConnection,
    private readonly target: PartitionTarget,
    claim: Claim,
    private readonly intervalMs: number,
  ) {
    this.manifest = claim.snapshot;
  }

  /** Offset that the snapshot is complete to. */
  get offset(): number {
    return this.manifest.parts.at(-1)?.offset ?? 0;
  }

  /** Fills an empty local copy. */
  async restore(local: LocalPartition): Promise<void> {
    for (const part of this.manifest.parts) {
      for await (const state of readPart(this.connection, this.target, part)) {
        await local.put({ state });
      }
    }
    const last = this.manifest.parts.at(-1);
    this.isComplete = true;
    if (last === undefined) return;
    await local.put({ checkpoint: { offset: last.offset, receivedAt: last.receivedAt } });
  }

  /** Remembers what changed since the last part. */
  note(state: Iterable<StateWrite>): void {
    for (const [key, bytes] of state) {
      const before = this.waiting.get(key);
      this.waitingBytes += (bytes?.length ?? 0) - (before?.length ?? 0);
      if (before === undefined) this.waitingBytes += key.length;
      this.waiting.set(key, bytes);
    }
  }

  /** The parts that hold with a flush; writes another when it is due. */
  async withFlush(
    state: readonly StateWrite[],
    at: Checkpoint,
    local: LocalPartition,
  ): Promise<SnapshotManifest> {
    this.note(state);
    const isDue =
      performance.now() - this.writtenAt > this.intervalMs || this.waitingBytes > WAITING_BYTES_MAX;
    if (!isDue || this.waiting.size === 0) return this.manifest;
    const { parts } = this.manifest;
    const added = parts.slice(1).reduce((sum, part) => sum + part.bytes, 0);
    const isBase =
      !this.isComplete ||
      parts.length === 0 ||
      parts.length >= PARTS_MAX ||
      added > Math.max(parts[0]?.bytes ?? 0, BASE_BYTES_MIN);
    const writes = isBase ? this.allState(local) : this.waiting;
    const part = await writePart(this.connection, this.target, at, writes);
    return { parts: isBase ? [part] : [...parts, part] };
  }

  /** A checkpoint names these parts now. */
  accept(manifest: SnapshotManifest): void {
    if (manifest === this.manifest) return;
    const kept = new Set(manifest.parts);
    const superseded = this.manifest.parts.filter((part) => !kept.has(part));
    this.manifest = manifest;
    this.isComplete = true;
    this.waiting = new Map();
    this.waitingBytes = 0;
    this.writtenAt = performance.now();
    // What is left behind by a failure here is garbage, not a fault.
    removeParts(this.connection, this.target, superseded).catch(() => {});
  }

  /** All state as of the flush: what the local copy has, and what changed since. */
  private *allState(local: LocalPartition): Iterable<StateWrite> {
    for (const [key, bytes] of local.writer.stateRange('')) {
      if (!this.waiting.has(key)) yield [key, bytes];
    }
    for (const [key, bytes] of this.waiting) if (bytes !== null) yield [key, bytes];
  }
}
