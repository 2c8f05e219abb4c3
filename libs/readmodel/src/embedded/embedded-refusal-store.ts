import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { committed, openEnvironment } from '#lmdb';
import { MemoryRefusalStore, type RefusalCounter } from '../memory/memory-refusal-store.js';
import type { Refusal } from '../refusal-store.js';
import { toStoreError } from './store-error.js';

/** How often counters are written: a crash forgets at most this much of them, and no event. */
const WRITE_INTERVAL_MS = 1000;

/** Refusals kept over restarts: the counters of the last week, written in the background. */
export class EmbeddedRefusalStore extends MemoryRefusalStore {
  private isChanged = false;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly root: RootDatabase,
    private readonly db: Database<RefusalCounter[], string>,
  ) {
    super();
    for (const counter of db.get('counters') ?? []) {
      const { siteId, code, count, lastAt, sample } = counter;
      super.record({ siteId, code, count, at: lastAt, sample });
    }
    this.timer = setInterval(() => {
      this.flush().catch((error: unknown) => {
        process.stderr.write(
          `${JSON.stringify({ event: 'refusals_not_written', error: String(error) })}\n`,
        );
      });
    }, WRITE_INTERVAL_MS);
    this.timer.unref();
  }

  static open(options: { directory: string }): EmbeddedRefusalStore {
    try {
      const root = openEnvironment({ path: join(options.directory, 'refusals'), maxDbs: 2 });
      return new EmbeddedRefusalStore(root, root.openDB('refusals', { encoding: 'json' }));
    } catch (error) {
      throw toStoreError(error);
    }
  }

  override record(refusal: Refusal): void {
    super.record(refusal);
    this.isChanged = true;
  }

  override async flush(): Promise<void> {
    if (!this.isChanged) return;
    this.isChanged = false;
    await committed(this.db.put('counters', [...this.counters.values()]));
  }

  override async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
    await this.root.close();
  }
}
