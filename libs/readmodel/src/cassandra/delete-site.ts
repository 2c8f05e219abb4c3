import type { CassandraConnection, Statement } from './connection.js';
import type { LoadingFor } from './loaded-buckets.js';
import { tableOf } from './schema.js';

/** A partition of a table that has chunks, and what its clustering key has before the shard. */
interface ChunkPartition {
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly columns: readonly string[];
}

/** Removes everything of a site that one shard has written before, its earlier owners included. */
export async function deleteSite(
  connection: CassandraConnection,
  of: LoadingFor,
  site: string,
  writeTime: bigint,
): Promise<void> {
  const { generation, partition } = of;
  const stretches = await connection.rows(
    `SELECT kind, stretch, report, class FROM ${connection.table('stretches')}
      WHERE generation = ? AND site = ? AND shard = ?`,
    [generation, site, partition],
  );
  const chunked: ChunkPartition[] = stretches.map(({ kind, stretch, report, class: cls }) => ({
    table: tableOf(report as string),
    key: { generation, site, kind, class: cls, stretch },
    columns: ['bucket'],
  }));
  const columns = ['report', 'class', 'bucket'];
  chunked.push({ table: 'minutes', key: { generation, site }, columns });
  await connection.all(chunked, (each) => removeShard(connection, each, partition, writeTime));
  for (const each of ['stretches', 'activity']) {
    await connection.rows(
      `DELETE FROM ${connection.table(each)} USING TIMESTAMP ? WHERE generation = ? AND site = ? AND shard = ?`,
      [writeTime, generation, site, partition],
    );
  }
}

async function removeShard(
  connection: CassandraConnection,
  { table, key, columns }: ChunkPartition,
  shard: number,
  writeTime: bigint,
): Promise<void> {
  const where = Object.keys(key)
    .map((column) => `${column} = ?`)
    .join(' AND ');
  const list = columns.join(', ');
  const stored = await connection.rows(
    `SELECT ${list}, shard FROM ${connection.table(table)} WHERE ${where} GROUP BY ${list}, shard`,
    Object.values(key),
  );
  const only = columns.map((column) => `${column} = ?`).join(' AND ');
  const remove = `DELETE FROM ${connection.table(table)} USING TIMESTAMP ?
    WHERE ${where} AND ${only} AND shard = ?`;
  const statements = stored
    .filter((row) => row['shard'] === shard)
    .map((row): Statement => {
      const bucket = columns.map((column) => row[column]);
      return [remove, [writeTime, ...Object.values(key), ...bucket, shard]];
    });
  if (statements.length > 0) await connection.batch(statements);
}
