import { randomUUID } from 'node:crypto';
import { MemoryRefusalStore, type RefusalCounter } from '../memory/memory-refusal-store.js';
import { REFUSAL_HOURS_MAX, type Refusal, type RefusalCount } from '../refusal-store.js';
import type { CassandraConnection, CassandraOptions } from './connection.js';
import { openCassandra } from './schema.js';

/** How often counters are written: a crash forgets at most this much of them, and no event. */
const WRITE_INTERVAL_MS = 1000;
const HOUR_SECONDS = 3600;
/** Rows that one process may begin in an hour: whoever makes up names for a week fills about a gigabyte. */
const NEW_ROWS_PER_HOUR_MAX = 50_000;

/**
 * Refusals of all ingest processes: each counter in memory is a row of its own, which lives for a week, and
 * whoever asks adds them up.
 */
export class CassandraRefusalStore extends MemoryRefusalStore {
  /** Names of the rows: a counter that was forgotten and begins again leaves the earlier row as it is. */
  private readonly rowIds = new WeakMap<RefusalCounter, string>();
  private newRows = { hour: 0, count: 0 };
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
        const rowId = counter && this.rowIdOf(counter);
        if (counter === undefined || rowId === null) return;
        const { siteId, code, hour, count, lastAt, sample } = counter;
        const numbers = [BigInt(count), BigInt(lastAt)];
        await this.connection.rows(insert, [siteId, code, BigInt(hour), rowId, ...numbers, sample]);
      });
    } catch (error) {
      for (const key of keys) if (this.counters.has(key)) this.changed.add(key);
      throw error;
    }
  }

  /** Name of a counter's row; `null` when too many rows were begun in this hour. */
  private rowIdOf(counter: RefusalCounter): string | null {
    const known = this.rowIds.get(counter);
    if (known !== undefined) return known;
    const hour = Math.floor(Date.now() / (HOUR_SECONDS * 1000));
    if (hour !== this.newRows.hour) this.newRows = { hour, count: 0 };
    if (this.newRows.count >= NEW_ROWS_PER_HOUR_MAX) return null;
    this.newRows.count += 1;
    const rowId = randomUUID();
    this.rowIds.set(counter, rowId);
    return rowId;
  }
}
