import { BUCKET_KINDS, type BucketKind } from '#domain';
import type { CassandraConnection } from './connection.js';
import { tableOf } from './schema.js';
import { stretchOf } from './stretch.js';

/**
 * Removes everything of a generation, checkpoints last: whoever is interrupted can begin again.
 *
 * These deletions bear the time of the clock, which is later than any write time of rows
 * (`write-time.ts`). So nothing that a projector of the generation writes late comes to life, and for the
 * same reason the name of a generation that was dropped must never be used again.
 */
export async function dropGeneration(
  connection: CassandraConnection,
  generation: string,
): Promise<void> {
  const table = (name: string) => connection.table(name);
  const sites = new Set<string>();
  const listed = await keysOf(connection, generation, 'buckets_by_time', ['site', 'shard']);
  const others = await keysOf(connection, generation, 'buckets', ['site']);
  for (const [site] of [...listed, ...others]) sites.add(site as string);
  for (const site of sites) await dropSite(connection, generation, site);
  await connection.all(listed, (key) =>
    connection.rows(
      `DELETE FROM ${table('buckets_by_time')} WHERE generation = ? AND site = ? AND shard = ?`,
      [generation, ...key],
    ),
  );
  // Those that no checkpoint names as well.
  const chunk = ['shard', 'position', 'epoch', 'chunk'];
  const chunks = await keysOf(connection, generation, 'snapshots', chunk);
  await connection.all(chunks, (key) =>
    connection.rows(
      `DELETE FROM ${table('snapshots')} WHERE generation = ? AND shard = ? AND position = ?
        AND epoch = ? AND chunk = ?`,
      [generation, ...key],
    ),
  );
  await connection.rows(`DELETE FROM ${table('checkpoints')} WHERE generation = ?`, [generation]);
}

async function dropSite(
  connection: CassandraConnection,
  generation: string,
  site: string,
): Promise<void> {
  const stretches = new Map<string, unknown[]>();
  await connection.each(
    `SELECT report, kind, class, bucket FROM ${connection.table('buckets')}
      WHERE generation = ? AND site = ?`,
    [generation, site],
    ({ report, kind, class: cls, bucket }) => {
      const stretch = stretchOf(BUCKET_KINDS[kind as number] as BucketKind, Number(bucket));
      stretches.set([report, kind, cls, stretch].join(), [report, kind, cls, stretch]);
    },
  );
  await connection.all([...stretches.values()], ([report, ...key]) =>
    connection.rows(
      `DELETE FROM ${connection.table(tableOf(report as string))} WHERE generation = ? AND site = ?
        AND kind = ? AND class = ? AND stretch = ?`,
      [generation, site, ...key],
    ),
  );
  for (const each of ['minutes', 'activity', 'changes', 'buckets']) {
    const query = `DELETE FROM ${connection.table(each)} WHERE generation = ? AND site = ?`;
    await connection.rows(query, [generation, site]);
  }
}

/** What follows the generation in the partition keys of a table; every key of the table is looked at. */
async function keysOf(
  connection: CassandraConnection,
  generation: string,
  table: string,
  columns: readonly string[],
): Promise<unknown[][]> {
  const found: unknown[][] = [];
  await connection.each(
    `SELECT DISTINCT generation, ${columns.join(', ')} FROM ${connection.table(table)}`,
    [],
    (row) => {
      if (row['generation'] === generation) found.push(columns.map((column) => row[column]));
    },
  );
  return found;
}
