import { randomUUID } from 'node:crypto';
import { MemoryRefusalStore } from '../memory/memory-refusal-store.js';
import { REFUSAL_HOURS_MAX, type Refusal, type RefusalCount } from '../refusal-store.js';
import type { CassandraConnection, CassandraOptions } from './connection.js';
import { openCassandra } from './schema.js';

/** How often counters are written: a crash forgets at most this much of them, and no event. */
const WRITE_INTERVAL_MS = 1000;
const HOUR_SECONDS = 3600;

/**
 * Refusals of all ingest processes: each writes rows of its own, which live for a week, and whoever asks
 * adds them up.
 */
export class CassandraRefusalStore extends MemoryRefusalStore {
  /** Names this process's rows: a restart begins new ones. */
  private readonly process = randomUUID();
  private changed = new Set<string>();
  private writing: Promise<void> | null = null;
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly connection: CassandraConnection) {
    super();
    // While the cluster is away, counters wait in memory, which is bounded.
    this.timer = setInterval(() => void this.flush().catch(() => {}), WRITE_INTERVAL_MS);
    this.timer.unref();
  }

  static async open(options: CassandraOptions): Promise<CassandraRefusalStore> {
    return new CassandraRefusalStore(await openCassandra(options));
  }

  override record(refusal: Refusal): void {
    this.changed.add(super.count(refusal));
  }

  override async list(siteId: string, sinceMs: number): Promise<readonly RefusalCount[]> {
    await this.flush();
    const sum = new MemoryRefusalStore();
    await this.connection.each(
      `SELECT code, refused, last_at, sample FROM ${this.connection.table('refusals')} WHERE site = ?`,
      [siteId],
      (row) =>
        sum.record({
          siteId,
          code: row['code'] as string,
          count: Number(row['refused']),
          at: Number(row['last_at']),
          sample: row['sample'] as string,
        }),
    );
    return sum.list(siteId, sinceMs);
  }

  /** One writing at a time, so that an older count never follows a newer one. */
  override async flush(): Promise<void> {
    await this.writing?.catch(() => {});
    if (this.changed.size === 0) return;
    this.writing ??= this.write().finally(() => {
      this.writing = null;
    });
    await this.writing;
  }

  override async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flush().catch(() => {});
    await this.connection.close();
  }

  private async write(): Promise<void> {
    const keys = [...this.changed];
    this.changed = new Set();
    const insert = `INSERT INTO ${this.connection.table('refusals')}
      (site, code, hour, process, refused, last_at, sample) VALUES (?, ?, ?, ?, ?, ?, ?)
      USING TTL ${REFUSAL_HOURS_MAX * HOUR_SECONDS}`;
    try {
      await this.connection.all(keys, async (key) => {
        const counter = this.counters.get(key);
        if (counter === undefined) return;
        const { siteId, code, hour, count, lastAt, sample } = counter;
        const parameters = [
          siteId,
          code,
          BigInt(hour),
          this.process,
          BigInt(count),
          BigInt(lastAt),
          sample,
        ];
        await this.connection.rows(insert, parameters);
      });
    } catch (error) {
      for (const key of keys) if (this.counters.has(key)) this.changed.add(key);
      throw error;
    }
  }
}
