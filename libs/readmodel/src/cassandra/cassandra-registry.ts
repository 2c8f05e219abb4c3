import { MemoryRegistry } from '../memory/memory-registry.js';
import { RegistryError } from '../registry.js';
import { emptyContents, PARTS, type RegistryContents } from '../registry-contents.js';
import { StoreError } from '../report-store.js';
import type { CassandraConnection, CassandraOptions, Row } from './connection.js';
import { openCassandra } from './schema.js';

/** How often a process looks for what others changed. */
const POLL_MS = 300;
const ALL = 'all';

/**
 * The registry in Cassandra: one partition, a part per row, and one version for all of them. A change is a
 * conditional batch on that version, so that two processes never overwrite each other.
 */
export class CassandraRegistry extends MemoryRegistry {
  private version = 0n;
  /** Parts as they are stored, to write only what changed. */
  private stored = new Map<string, string>();
  private readonly poll: NodeJS.Timeout;
  private reading: Promise<void> | null = null;

  private constructor(
    private readonly connection: CassandraConnection,
    clock: () => number,
  ) {
    super(clock, emptyContents(clock()));
    // While the cluster is away, what is known goes on being true.
    this.poll = setInterval(() => void this.readNewer().catch(() => {}), POLL_MS);
    this.poll.unref();
  }

  static async open(
    options: CassandraOptions & { readonly now?: () => number },
  ): Promise<CassandraRegistry> {
    const registry = new CassandraRegistry(await openCassandra(options), options.now ?? Date.now);
    try {
      await registry.readNewer();
      if (registry.version === 0n && !(await registry.save())) await registry.readNewer();
      return registry;
    } catch (error) {
      await registry.close();
      throw error;
    }
  }

  override async refresh(): Promise<void> {
    try {
      await this.readNewer();
    } catch (error) {
      throw toRegistryError(error);
    }
  }

  protected override async save(): Promise<boolean> {
    const table = this.connection.table('registry');
    const next = this.version + 1n;
    const parts = new Map(
      PARTS.map((part) => [part, JSON.stringify([...this.contents[part]])] as const),
    );
    const changed = [...parts].filter(([part, text]) => this.stored.get(part) !== text);
    const condition =
      this.version === 0n
        ? ([`UPDATE ${table} SET version = ? WHERE id = ? IF version = null`, [next, ALL]] as const)
        : ([
            `UPDATE ${table} SET version = ? WHERE id = ? IF version = ?`,
            [next, ALL, this.version],
          ] as const);
    const insert = `INSERT INTO ${table} (id, part, contents) VALUES (?, ?, ?)`;
    try {
      const [answer] = await this.connection.batch([
        condition,
        ...changed.map(([part, text]) => [insert, [ALL, part, text]] as const),
      ]);
      if (answer?.['[applied]'] !== true) {
        this.version = -1n;
        await this.readNewer();
        return false;
      }
      this.version = next;
      this.stored = parts;
      return true;
    } catch (error) {
      // Whether it was written will be known when it is read; until then it was not.
      this.version = -1n;
      this.replace(contentsOf(this.stored));
      throw toRegistryError(error);
    }
  }

  override async close(): Promise<void> {
    clearInterval(this.poll);
    await super.close();
    await this.connection.close();
  }

  /** One reading at a time: an older answer must not replace a newer one. */
  private readNewer(): Promise<void> {
    this.reading ??= this.readNow().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async readNow(): Promise<void> {
    const table = this.connection.table('registry');
    const before = this.version;
    const [head] = await this.connection.rows(
      `SELECT DISTINCT id, version FROM ${table} WHERE id = ?`,
      [ALL],
    );
    const version = (head?.['version'] ?? 0n) as bigint;
    if (version === before || version === 0n) return;
    const rows = await this.connection.rows(
      `SELECT part, version, contents FROM ${table} WHERE id = ?`,
      [ALL],
    );
    // A change of this process was written meanwhile: what was read may be older.
    if (this.version !== before) return;
    this.take(rows);
  }

  private take(rows: readonly Row[]): void {
    this.stored = new Map(rows.map((row) => [row['part'] as string, row['contents'] as string]));
    this.version = (rows[0]?.['version'] ?? 0n) as bigint;
    this.replace(contentsOf(this.stored));
  }
}

function contentsOf(stored: ReadonlyMap<string, string>): RegistryContents {
  const parts = PARTS.map((part) => [part, new Map(JSON.parse(stored.get(part) ?? '[]'))] as const);
  return Object.fromEntries(parts) as unknown as RegistryContents;
}

function toRegistryError(error: unknown): RegistryError {
  if (error instanceof StoreError) {
    const code = error.code === 'closed' ? 'closed' : 'write_failed';
    return new RegistryError(code, error.message, error.retriable, { cause: error });
  }
  throw error;
}
