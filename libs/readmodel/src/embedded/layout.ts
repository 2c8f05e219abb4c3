import type { Database } from 'lmdb';
import { StoreError } from '../report-store.js';
import type { Databases } from './databases.js';

/**
 * Layout of rows and state. It is raised with every change of their bytes: what an older version wrote
 * is then dropped and folded again from the log, which is all that it ever was.
 */
const LAYOUT = 4;

/** Makes sure that what is stored is of this layout; a reader cannot, and says so. */
export function adoptLayout(
  db: Databases,
  meta: Database<number, string>,
  readOnly: boolean,
): void {
  if (meta.get('layout') === LAYOUT) return;
  if (readOnly) {
    void db.root.close();
    const message =
      'the read model was made by another version: start the product once to renew it';
    throw new StoreError('damaged', message, false);
  }
  db.root.transactionSync(() => {
    for (const each of [db.rows, db.state, db.counts, db.checkpoints, db.activity]) {
      each.clearSync();
    }
    meta.put('layout', LAYOUT);
  });
}
