import { randomUUID } from 'node:crypto';
import type { RootDatabase } from 'lmdb';
import { committed } from '#lmdb';
import { EventLogError } from '../event-log.js';

/** What is fixed in the life of a log. */
export interface LogMeta {
  readonly id: string;
  readonly partitions: number;
}

/** Reads it; writes it when the log is new. */
export async function metaOf(
  root: RootDatabase,
  partitions: number,
  readOnly: boolean,
): Promise<LogMeta> {
  const db = root.openDB<LogMeta, string>('meta', { encoding: 'json' });
  const known = db.get('log');
  if (known !== undefined) return known;
  if (readOnly) throw new EventLogError('damaged', 'there is no event log here yet', true);
  const meta = { id: randomUUID(), partitions };
  await committed(db.put('log', meta));
  return meta;
}
