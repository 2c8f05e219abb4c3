import type { Database, RootDatabase } from 'lmdb';
import type { Activity, Checkpoint } from '../report-store.js';

/** What is stored of a checkpoint: the log it belongs to as well. */
export interface StoredCheckpoint extends Checkpoint {
  readonly logId: string;
}

/** The databases of one environment. */
export interface Databases {
  readonly root: RootDatabase;
  readonly rows: Database<Buffer, Buffer>;
  readonly state: Database<Buffer, Buffer>;
  readonly counts: Database<number, Buffer>;
  readonly checkpoints: Database<StoredCheckpoint, string>;
  readonly activity: Database<Activity, string>;
}

/** Key of a partition's checkpoint. */
export function checkpointKey(generation: string, partition: number): string {
  return `${generation}/${partition}`;
}

/** The span that covers both. */
export function joinActivity(a: Activity | null, b: Activity): Activity {
  if (a === null) return b;
  return {
    firstEventAt: Math.min(a.firstEventAt, b.firstEventAt),
    lastEventAt: Math.max(a.lastEventAt, b.lastEventAt),
  };
}
