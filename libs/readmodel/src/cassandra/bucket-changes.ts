import { BUCKET_KINDS, type BucketKind } from '#domain';
import type { BucketKey } from '../bucket-key.js';
import type { Checkpoint, PartitionTarget, RowQuery } from '../report-store.js';
import type { CassandraConnection } from './connection.js';

/** Buckets of a site that are named one by one; beyond it all of them count as changed once. */
const NAMED_MAX = 400;

/** When each bucket of a site changed last in one shard. */
interface Changes {
  /** Names the time before the first change that is known: another owner, or too many changes. */
  base: string;
  /** `kind:bucket` → end of the flush that changed it last. */
  readonly named: Map<string, number>;
}

let unique = 0;

/**
 * Tells readers which buckets a flush changes, in one row per site and shard that is written before the
 * first of the flush's rows. What is not named in it is as it was.
 */
export class BucketChanges {
  private readonly sites = new Map<string, Changes>();

  /** @param epoch names this owner: what an earlier one changed it does not know */
  constructor(
    private readonly connection: CassandraConnection,
    private readonly of: PartitionTarget,
    private readonly epoch: number,
  ) {}

  /** Announces what a flush changes. */
  async announce(
    rows: Iterable<{ readonly bucket: BucketKey }>,
    deletedSites: readonly string[],
    position: number,
    writeTime: bigint,
  ): Promise<void> {
    const touched = new Set(deletedSites);
    for (const siteId of deletedSites) this.forget(this.changesOf(siteId), position);
    for (const { bucket } of rows) {
      if (bucket.kind === 'minute') continue;
      const changes = this.changesOf(bucket.siteId);
      const name = nameOf(bucket.kind, bucket.bucket);
      if (!changes.named.has(name) && changes.named.size >= NAMED_MAX)
        this.forget(changes, position);
      changes.named.set(name, position);
      touched.add(bucket.siteId);
    }
    await this.connection.all([...touched], (siteId) => this.write(siteId, position, writeTime));
  }

  private changesOf(siteId: string): Changes {
    const known = this.sites.get(siteId) ?? { base: String(this.epoch), named: new Map() };
    this.sites.set(siteId, known);
    return known;
  }

  private forget(changes: Changes, position: number): void {
    changes.base = `${this.epoch}/${position}`;
    changes.named.clear();
  }

  /** One cell, so that of two owners' rows of the same flush one wins as a whole. */
  private async write(siteId: string, position: number, writeTime: bigint): Promise<void> {
    const { base, named } = this.changesOf(siteId);
    const { generation, partition } = this.of;
    await this.connection.rows(
      `INSERT INTO ${this.connection.table('changes')} (generation, site, shard, changes)
        VALUES (?, ?, ?, ?) USING TIMESTAMP ?`,
      [generation, siteId, partition, JSON.stringify([position, base, [...named]]), writeTime],
    );
  }
}

interface StoredChanges extends Changes {
  /** End of the flush that was announced last. */
  readonly position: number;
}

/** What the stamps of one site are made of. */
interface StampReads {
  changes(): Promise<ReadonlyMap<number, StoredChanges>>;
  checkpoints(): Promise<ReadonlyMap<number, Checkpoint>>;
}

/**
 * Stamps of the buckets of a query: the same text means the same rows. A flush that was announced and has
 * not ended gives its buckets a stamp that never comes again.
 */
export async function stampsOf(
  { kind, from, to }: RowQuery,
  read: StampReads,
): Promise<Map<number, string>> {
  // A checkpoint that is older than the changes makes a stamp that never comes again: no harm. Changes that
  // are older name rows that were right when they were asked for, and what is read then is stamped anew next time.
  const [changes, checkpoints] = await Promise.all([read.changes(), read.checkpoints()]);
  const stamps = new Map<number, string>();
  for (const [shard, each] of changes) {
    const until = checkpoints.get(shard)?.offset ?? 0;
    const isEnded = each.position <= until;
    for (let bucket = from; bucket <= to; bucket += 1) {
      const name = nameOf(kind, bucket);
      const isOpen = !isEnded && changedAt(each, name) > until;
      const stamp = isOpen ? never() : stampOf(each, name);
      stamps.set(bucket, `${stamps.get(bucket) ?? ''}${shard}:${stamp} `);
    }
  }
  return stamps;
}

/** End of the flush that changed a bucket last, so far as it is known; 0: an earlier owner's. */
function changedAt({ base, named }: Changes, name: string): number {
  return named.get(name) ?? Number(base.split('/')[1] ?? 0);
}

function stampOf({ base, named }: Changes, name: string): string {
  const at = named.get(name);
  return at === undefined ? base : `${base}+${at}`;
}

function never(): string {
  unique += 1;
  return `?${unique}`;
}

function nameOf(kind: BucketKind, bucket: number): string {
  return `${BUCKET_KINDS.indexOf(kind)}:${bucket}`;
}

/** What was announced last of a site, by shard. */
export async function readChanges(
  connection: CassandraConnection,
  generation: string,
  siteId: string,
): Promise<ReadonlyMap<number, StoredChanges>> {
  const rows = await connection.rows(
    `SELECT shard, changes FROM ${connection.table('changes')} WHERE generation = ? AND site = ?`,
    [generation, siteId],
  );
  return new Map(
    (rows as { shard: number; changes: string }[]).map(({ shard, changes }) => {
      const [position, base, named] = JSON.parse(changes) as [number, string, [string, number][]];
      return [shard, { position, base, named: new Map(named) }];
    }),
  );
}
