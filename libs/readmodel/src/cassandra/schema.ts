import { randomUUID } from 'node:crypto';
import { REPORTS } from '#domain';
import { StoreError } from '../report-store.js';
import { CassandraConnection, type CassandraOptions } from './connection.js';

/**
 * Version of the tables below and of the bytes in them. What an older one has of rows and state is dropped
 * and folded again from the log; the registry and the refusals stay.
 */
const VERSION = 5;
/** Tables that are folded from the log, beside those of the reports. */
const FOLDED = ['minutes', 'stretches', 'activity', 'changes', 'checkpoints', 'snapshots'];
/** Tables of older versions. */
const FORMER = ['buckets', 'buckets_by_time'];
/** Whoever creates the tables and dies is replaced after so long. */
const LOCK_SECONDS = 60;
const WAIT_MS = 100;
const WAIT_MAX_MS = 120_000;

/** Rows are overwritten while their day lasts and rest then. Never time-window compaction: write times are offsets. */
const ROWS = `WITH compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T4'}`;

/** Name of a report's table. */
export function tableOf(report: string): string {
  return `rows_${report.replaceAll('-', '_')}`;
}

function reportsOf({ reports }: CassandraOptions): readonly string[] {
  return reports ?? REPORTS.map((report) => report.name);
}

function statements(connection: CassandraConnection): string[] {
  const name = (each: string) => connection.table(each);
  return [
    ...reportsOf(connection.options).map(
      (report) => `CREATE TABLE IF NOT EXISTS ${name(tableOf(report))} (
        generation text, site text, kind tinyint, class tinyint, stretch int, bucket bigint,
        shard smallint, layout bigint, chunk int, data blob,
        PRIMARY KEY ((generation, site, kind, class, stretch), bucket, shard, layout, chunk)) ${ROWS}`,
    ),
    `CREATE TABLE IF NOT EXISTS ${name('minutes')} (
      generation text, site text, report text, class tinyint, bucket bigint,
      shard smallint, layout bigint, chunk int, data blob,
      PRIMARY KEY ((generation, site), report, class, bucket, shard, layout, chunk))`,
    `CREATE TABLE IF NOT EXISTS ${name('stretches')} (
      generation text, site text, shard smallint, kind tinyint, stretch int, report text, class tinyint,
      PRIMARY KEY ((generation, site, shard), kind, stretch, report, class))`,
    `CREATE TABLE IF NOT EXISTS ${name('activity')} (
      generation text, site text, shard smallint, first_event_at bigint, last_event_at bigint,
      PRIMARY KEY ((generation, site), shard))`,
    `CREATE TABLE IF NOT EXISTS ${name('changes')} (
      generation text, site text, shard smallint, changes text,
      PRIMARY KEY ((generation, site), shard))`,
    `CREATE TABLE IF NOT EXISTS ${name('checkpoints')} (
      generation text, shard smallint, epoch bigint, position bigint, received_at bigint,
      intent bigint, log_id text, snapshot text,
      PRIMARY KEY (generation, shard))`,
    `CREATE TABLE IF NOT EXISTS ${name('snapshots')} (
      generation text, shard smallint, position bigint, epoch bigint, chunk int, data blob,
      PRIMARY KEY ((generation, shard, position, epoch, chunk)))`,
    `CREATE TABLE IF NOT EXISTS ${name('registry')} (
      id text, part text, version bigint static, contents text, PRIMARY KEY (id, part))`,
    // `process` names one counter in the memory of one process.
    `CREATE TABLE IF NOT EXISTS ${name('refusals')} (
      site text, code text, hour bigint, process uuid, refused bigint, last_at bigint, sample text,
      PRIMARY KEY (site, code, hour, process))`,
  ];
}

/** Connects, and creates or migrates the tables: one process does it, the others wait for it. */
export async function openCassandra(options: CassandraOptions): Promise<CassandraConnection> {
  const connection = await CassandraConnection.open(options);
  try {
    const { keyspace, dataCenter, replication } = options;
    await connection.rows(`CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication =
      {'class': 'NetworkTopologyStrategy', '${dataCenter}': ${replication}}`);
    await connection.rows(`CREATE TABLE IF NOT EXISTS ${connection.table('schema_versions')}
      (id text PRIMARY KEY, value text)`);
    await migrate(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function migrate(connection: CassandraConnection): Promise<void> {
  const versions = connection.table('schema_versions');
  const deadline = Date.now() + WAIT_MAX_MS;
  const owner = randomUUID();
  while ((await versionOf(connection)) !== VERSION) {
    const lock = await connection.applies(
      `INSERT INTO ${versions} (id, value) VALUES ('lock', ?) IF NOT EXISTS USING TTL ${LOCK_SECONDS}`,
      [owner],
    );
    if (lock) {
      await renew(connection);
      await connection.applies(`DELETE FROM ${versions} WHERE id = 'lock' IF value = ?`, [owner]);
      return;
    }
    if (Date.now() > deadline) {
      throw new StoreError('locked', 'another process creates the tables and does not end', true);
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

/** Version of the tables that are there; 0 when there are none. */
async function versionOf(connection: CassandraConnection): Promise<number> {
  const read = `SELECT value FROM ${connection.table('schema_versions')} WHERE id = 'version'`;
  const found = Number((await connection.rows(read))[0]?.['value'] ?? 0);
  if (found <= VERSION) return found;
  const message = `the tables are of version ${found}, newer than ${VERSION}: update this program`;
  throw new StoreError('damaged', message, false);
}

/** Brings the tables to this version; only whoever has the lock does. */
async function renew(connection: CassandraConnection): Promise<void> {
  // Looked up again: another process may have done it just before the lock was free.
  const found = await versionOf(connection);
  if (found === VERSION) return;
  if (found > 0) await dropFolded(connection);
  for (const statement of statements(connection)) await connection.rows(statement);
  const versions = connection.table('schema_versions');
  await connection.applies(
    found > 0
      ? `UPDATE ${versions} SET value = ? WHERE id = 'version' IF value = '${found}'`
      : `INSERT INTO ${versions} (id, value) VALUES ('version', ?) IF NOT EXISTS`,
    [String(VERSION)],
  );
}

/** Removes whatever is folded from the log, since it may have another form; projectors of the older version must have ended. */
async function dropFolded(connection: CassandraConnection): Promise<void> {
  const tables = [...reportsOf(connection.options).map(tableOf), ...FOLDED, ...FORMER];
  for (const each of tables) {
    await connection.rows(`DROP TABLE IF EXISTS ${connection.table(each)}`);
  }
}
