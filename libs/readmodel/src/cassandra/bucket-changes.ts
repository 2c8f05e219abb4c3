import { BUCKET_KINDS, type BucketKind, TRAFFIC_CLASSES } from '#domain';
import type { Flush, PartitionTarget, RowQuery } from '../report-store.js';
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
    rows: Flush['rows'],
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

/**
 * Stamps of the buckets of a query: the same text means the same rows. A flush that was announced and has
 * not ended gives its buckets a stamp that never comes again.
 */
export async function stampsOf(
  connection: CassandraConnection,
  query: RowQuery,
): Promise<Map<number, string>> {
  const { generation, siteId, from, to } = query;
  const changes = await storedChanges(connection, generation, siteId);
  // After the changes: what has ended by now had been announced before.
  const [ended, buckets] = await Promise.all([
    endedAt(connection, generation, [...changes.keys()]),
    listedBuckets(connection, query),
  ]);
  const stamps = new Map<number, string>();
  for (const { bucket, shard } of buckets) {
    const stamp = stampOf(changes.get(shard), nameOf(query.kind, bucket));
    stamps.set(bucket, `${stamps.get(bucket) ?? ''}${shard}:${stamp} `);
  }
  // What is being written may not be in the list of buckets yet.
  for (const [shard, each] of changes) {
    const until = ended.get(shard) ?? 0;
    if (each.position <= until) continue;
    for (let bucket = from; bucket <= to; bucket += 1) {
      if (changedAt(each, nameOf(query.kind, bucket)) > until) stamps.set(bucket, never());
    }
  }
  return stamps;
}

/** End of the flush that changed a bucket last, so far as it is known; 0: an earlier owner's. */
function changedAt({ base, named }: Changes, name: string): number {
  return named.get(name) ?? Number(base.split('/')[1] ?? 0);
}

function stampOf(changes: StoredChanges | undefined, name: string): string {
  if (changes === undefined) return never();
  const at = changes.named.get(name);
  return at === undefined ? changes.base : `${changes.base}+${at}`;
}

function never(): string {
  unique += 1;
  return `?${unique}`;
}

function nameOf(kind: BucketKind, bucket: number): string {
  return `${BUCKET_KINDS.indexOf(kind)}:${bucket}`;
}

async function storedChanges(
  connection: CassandraConnection,
  generation: string,
  siteId: string,
): Promise<Map<number, StoredChanges>> {
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

/** Buckets that have rows, with their shards, in order of bucket. */
export async function listedBuckets(
  connection: CassandraConnection,
  { generation, siteId, report, kind, trafficClass, from, to }: RowQuery,
): Promise<{ bucket: number; shard: number }[]> {
  const rows = await connection.rows(
    `SELECT bucket, shard FROM ${connection.table('buckets')} WHERE generation = ? AND site = ?
      AND report = ? AND kind = ? AND class = ? AND bucket >= ? AND bucket <= ?`,
    [
      generation,
      siteId,
      report,
      BUCKET_KINDS.indexOf(kind),
      TRAFFIC_CLASSES.indexOf(trafficClass),
      BigInt(from),
      BigInt(to),
    ],
  );
  return rows.map((row) => ({
    bucket: Number(row['bucket']),
    shard: row['shard'] as number,
  }));
}

async function endedAt(
  connection: CassandraConnection,
  generation: string,
  shards: readonly number[],
): Promise<Map<number, number>> {
  const rows = await Promise.all(
    shards.map((shard) =>
      connection.rows(
        `SELECT shard, position FROM ${connection.table('checkpoints')}
          WHERE generation = ? AND shard = ?`,
        [generation, shard],
      ),
    ),
  );
  return new Map(rows.flat().map((row) => [row['shard'] as number, Number(row['position'])]));
}
