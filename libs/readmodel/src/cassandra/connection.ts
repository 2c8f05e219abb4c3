import cassandra, { type Client } from 'cassandra-driver';
import { StoreError } from '../report-store.js';

/** Everything that has to be known to use a cluster. */
export interface CassandraOptions {
  readonly contactPoints: readonly string[];
  readonly dataCenter: string;
  readonly keyspace: string;
  /** Copies of every row. */
  readonly replication: number;
  /** Level of every read and write: a name of the driver, such as `LOCAL_QUORUM`. */
  readonly consistency: string;
  /** Reports that have a table; all of the catalogue's unless a test wants fewer. */
  readonly reports?: readonly string[];
}

/** A server that came back is used again after so long. */
const RECONNECT_MS = 250;
const CONNECT_TIMEOUT_MS = 2000;
const READ_TIMEOUT_MS = 12_000;
const PAGE_ROWS = 5000;
/** Requests on their way at a time, of one call of `all`. */
const CONCURRENCY = 48;

export type Parameters = readonly unknown[];
export type Statement = readonly [query: string, parameters: Parameters];
export type Row = Record<string, unknown>;

/** One client of the cluster. Every statement is prepared and may be repeated; errors are `StoreError`s. */
export class CassandraConnection {
  /** Rows of the tables of reports that were written over this connection, and the bytes in them. */
  rowsWritten = 0;
  rowBytesWritten = 0;
  private isClosed = false;

  private constructor(
    private readonly client: Client,
    readonly options: CassandraOptions,
  ) {}

  static async open(options: CassandraOptions): Promise<CassandraConnection> {
    const { consistencies } = cassandra.types;
    const client = new cassandra.Client({
      contactPoints: [...options.contactPoints],
      localDataCenter: options.dataCenter,
      encoding: { useBigIntAsLong: true },
      policies: {
        reconnection: new cassandra.policies.reconnection.ConstantReconnectionPolicy(RECONNECT_MS),
      },
      socketOptions: { connectTimeout: CONNECT_TIMEOUT_MS, readTimeout: READ_TIMEOUT_MS },
      queryOptions: {
        prepare: true,
        isIdempotent: true,
        fetchSize: PAGE_ROWS,
        consistency: consistencies[options.consistency as keyof typeof consistencies] as number,
        serialConsistency: consistencies.localSerial as number,
      },
    });
    const connection = new CassandraConnection(client, options);
    try {
      await client.connect();
    } catch (error) {
      await client.shutdown().catch(() => {});
      throw toStoreError(error);
    }
    return connection;
  }

  /** Full name of a table. */
  table(name: string): string {
    return `${this.options.keyspace}.${name}`;
  }

  async rows(query: string, parameters: Parameters = []): Promise<Row[]> {
    const found: Row[] = [];
    await this.each(query, parameters, (row) => found.push(row));
    return found;
  }

  /** Calls `visit` for every row, page by page. */
  async each(query: string, parameters: Parameters, visit: (row: Row) => void): Promise<void> {
    this.assertOpen();
    try {
      let pageState: string | undefined;
      do {
        const result = await this.client.execute(query, [...parameters], { pageState } as object);
        for (const row of result.rows ?? []) visit(row as unknown as Row);
        pageState = (result as { pageState?: string }).pageState;
      } while (pageState != null);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** A conditional statement: whether it was applied. */
  async applies(query: string, parameters: Parameters): Promise<boolean> {
    const [row] = await this.rows(query, parameters);
    return row?.['[applied]'] === true;
  }

  /** Statements of one partition, in one request. */
  async batch(statements: readonly Statement[], logged = false): Promise<Row[]> {
    this.assertOpen();
    try {
      const queries = statements.map(([query, params]) => ({ query, params: [...params] }));
      const result = await this.client.batch(queries, { logged, prepare: true });
      return (result.rows ?? []) as unknown as Row[];
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** Does all pieces of work, some at a time; rejects with the first failure after the others ended. */
  async all<T>(work: readonly T[], run: (piece: T) => Promise<unknown>): Promise<void> {
    let next = 0;
    let failure: unknown;
    const worker = async () => {
      while (next < work.length && failure === undefined) {
        const piece = work[next] as T;
        next += 1;
        try {
          await run(piece);
        } catch (error) {
          failure ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, work.length) }, worker));
    if (failure !== undefined) throw failure;
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.client.shutdown();
  }

  private assertOpen(): void {
    if (this.isClosed) throw new StoreError('closed', 'the connection is closed', false);
  }
}

/** Codes of the server's answers that say “this statement is wrong”, not “not now”. */
const WRONG = new Set([0x2000, 0x2100, 0x2200, 0x2300, 0x2400]);

function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { message, code } = error as { message?: string; code?: number };
  if (code !== undefined && WRONG.has(code)) {
    return new StoreError('write_failed', `Cassandra refused a statement: ${message}`, false, {
      cause: error,
    });
  }
  return new StoreError('unreachable', `Cassandra cannot be reached: ${message}`, true, {
    cause: error,
  });
}
