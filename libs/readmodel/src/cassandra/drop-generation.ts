import type { CassandraConnection } from './connection.js';
import { tableOf } from './schema.js';

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
  const listed = await keysOf(connection, generation, 'stretches', ['site', 'shard']);
  for (const [site, shard] of listed) await dropStretches(connection, [generation, site, shard]);
  for (const site of new Set(listed.map(([each]) => each))) {
    for (const each of ['minutes', 'activity', 'changes']) {
      const query = `DELETE FROM ${table(each)} WHERE generation = ? AND site = ?`;
      await connection.rows(query, [generation, site]);
    }
  }
  await connection.all(listed, (key) =>
    connection.rows(
      `DELETE FROM ${table('stretches')} WHERE generation = ? AND site = ? AND shard = ?`,
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

async function dropStretches(
  connection: CassandraConnection,
  key: readonly unknown[],
): Promise<void> {
  const [generation, site] = key;
  const stretches = await connection.rows(
    `SELECT report, kind, class, stretch FROM ${connection.table('stretches')}
      WHERE generation = ? AND site = ? AND shard = ?`,
    key,
  );
  await connection.all(stretches, ({ report, kind, class: cls, stretch }) =>
    connection.rows(
      `DELETE FROM ${connection.table(tableOf(report as string))} WHERE generation = ? AND site = ?
        AND kind = ? AND class = ? AND stretch = ?`,
      [generation, site, kind, cls, stretch],
    ),
  );
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
