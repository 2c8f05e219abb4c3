import { LRUCache } from 'lru-cache';
import {
  type BucketKind,
  type PackedParts,
  PackedRows,
  type Report,
  RowPacker,
  type RowsByValue,
} from '#domain';
import type { ReportStore, RowQuery } from '#readmodel';
import { type Bucket, KeptRuns, nameOf } from './kept-runs.js';
import { type Values, ValueTable } from './value-table.js';

/** Memory for packed buckets: a year of eight reports at ten million events takes about that. */
const PACKED_BYTES_MAX = 96 * 1024 * 1024;
/** Memory for the values that packed buckets name by number. */
const TABLE_BYTES_MAX = 32 * 1024 * 1024;

/** What is kept; hours are for the totals only, and their numbers leave gaps. */
const KEPT: ReadonlySet<BucketKind> = new Set(['day', 'month'] as const);
const NO_ROWS = new RowPacker(0).take();

/** Whose rows a question is about, and the state they are in. */
export interface ReadContext {
  readonly packed: PackedBuckets;
  readonly generation: string;
  readonly siteId: string;
  /** Changes with every event: what a store without stamps is taken by. */
  readonly mark: string;
  /** One for each report that the question has to do with, so that its values keep their numbers. */
  readonly tables: Map<string, ValueTable>;
}

/** A bucket as it was read, and the state in which it was. */
interface Entry {
  readonly stamp: string;
  readonly table: ValueTable;
  readonly rows: PackedRows;
}

/** What is kept, as another thread can take it over. */
export interface PackedContents {
  readonly tables: readonly { readonly name: string; readonly values: Values }[];
  readonly buckets: readonly {
    readonly name: string;
    readonly stamp: string;
    /** Index of its table. */
    readonly table: number;
    readonly parts: PackedParts;
  }[];
  readonly runs: readonly {
    readonly name: string;
    /** Names of its buckets. */
    readonly buckets: readonly string[];
    readonly unions: ReadonlyMap<number, Uint8Array>;
  }[];
}

/**
 * Stored buckets as the last questions left them, packed: other metrics, orders, pages and ranges of
 * the same report read them again. A bucket is read anew when its stamp in the store has changed.
 */
export class PackedBuckets {
  private readonly entries = new LRUCache<string, Entry>({ maxSize: PACKED_BYTES_MAX });
  private readonly tables = new LRUCache<string, ValueTable>({ maxSize: TABLE_BYTES_MAX });
  private readonly runs = new KeptRuns();
  private readonly inFlight = new Map<string, { table: ValueTable; found: Promise<Bucket[]> }>();

  constructor(private readonly store: ReportStore) {}

  /** The numbers of a report's values, the same for all of a question. */
  tableOf({ generation, siteId, tables }: ReadContext, report: Report): ValueTable {
    const name = `${generation}\n${siteId}\n${report.name}`;
    const table = tables.get(name) ?? this.tables.get(name) ?? new ValueTable();
    tables.set(name, table);
    // It has grown since: a table that no longer fits is forgotten here, and begun anew.
    this.tables.set(name, table, { size: table.size });
    return table;
  }

  /** Buckets of a query that have rows, in order of time; equal ones asked for at once are read once. */
  async read(
    query: RowQuery,
    { mark }: ReadContext,
    table: ValueTable,
    precision: number,
  ): Promise<Bucket[]> {
    const name = `${nameOf(query)}${query.from}-${query.to}\n${mark}`;
    const running = this.inFlight.get(name);
    if (running?.table === table) return running.found;
    const found = KEPT.has(query.kind)
      ? this.readKept(query, table, mark, precision)
      : this.pack(query, table, precision);
    this.inFlight.set(name, { table, found });
    try {
      return await found;
    } finally {
      if (this.inFlight.get(name)?.found === found) this.inFlight.delete(name);
    }
  }

  /** The buckets of a query in as few sources as they come to. */
  sources(
    query: RowQuery,
    buckets: readonly Bucket[],
    table: ValueTable,
    precision: number,
  ): RowsByValue[] {
    if (!KEPT.has(query.kind)) return buckets.map(({ rows }) => rows);
    return this.runs.sources(query, buckets, table, precision);
  }

  /** Bytes of the packed buckets. */
  get size(): number {
    return this.entries.calculatedSize;
  }

  /** Forgets everything and tells what it was. */
  take(): PackedContents {
    const names = [...this.tables.keys()];
    const tables = names.map((name) => this.tables.peek(name) as ValueTable);
    const buckets = [...this.entries.entries()].map(([name, { stamp, table, rows }]) => ({
      name,
      stamp,
      table: tables.indexOf(table),
      parts: rows.parts,
    }));
    const nameOfRows = new Map([...this.entries].map(([name, { rows }]) => [rows, name]));
    const runs = this.runs.take().map(([name, run]) => ({
      name,
      buckets: run.sources.map((rows) => nameOfRows.get(rows as PackedRows) ?? ''),
      unions: run.unions,
    }));
    this.entries.clear();
    this.tables.clear();
    return {
      tables: tables.map((table, index) => ({
        name: names[index] as string,
        values: table.values,
      })),
      buckets: buckets.filter(({ table }) => table !== -1),
      runs,
    };
  }

  /** Keeps what another thread packed, where nothing is kept yet. */
  adopt({ tables, buckets, runs }: PackedContents): void {
    const adopted = tables.map(({ name, values }) => {
      const table = this.tables.get(name) ?? new ValueTable();
      const numbers = table.numbersOf(values);
      this.tables.set(name, table, { size: table.size });
      return { table, numbers };
    });
    const same = new Map<string, Entry>();
    for (const { name, stamp, table: index, parts } of buckets) {
      const { table, numbers } = adopted[index] as (typeof adopted)[number];
      let entry = this.entries.get(name);
      if (entry?.table !== table) {
        const ids = parts.ids.map((id) => numbers[id] as number);
        entry = { stamp, table, rows: new PackedRows({ ...parts, ids }) };
        this.entries.set(name, entry, { size: entry.rows.size });
      }
      if (entry.stamp === stamp) same.set(name, entry);
    }
    for (const { name, buckets: names, unions } of runs) {
      const entries = names.flatMap((each) => same.get(each) ?? []);
      const table = entries[0]?.table;
      // Unions of what has changed since are of no use.
      if (table === undefined || entries.length < names.length) continue;
      const rows = entries.map((entry) => entry.rows);
      this.runs.adopt(name, rows, table, unions);
    }
  }

  private async readKept(
    query: RowQuery,
    table: ValueTable,
    mark: string,
    precision: number,
  ): Promise<Bucket[]> {
    const stamps = await this.store.stamps(query);
    const stampOf = (bucket: number) => (stamps === null ? mark : (stamps.get(bucket) ?? null));
    const name = nameOf(query);
    const found: Bucket[] = [];
    let missing: { from: number; to: number } | null = null;
    const readMissing = async () => {
      if (missing === null) return;
      const { from, to } = missing;
      missing = null;
      const read = await this.pack({ ...query, from, to }, table, precision);
      found.push(...read);
      const filled = new Map(read.map(({ bucket, rows }) => [bucket, rows]));
      for (let bucket = from; bucket <= to; bucket += 1) {
        const stamp = stampOf(bucket);
        const rows = filled.get(bucket) ?? NO_ROWS;
        if (stamp !== null) {
          this.entries.set(`${name}${bucket}`, { stamp, table, rows }, { size: rows.size });
        }
      }
    };
    for (let bucket = query.from; bucket <= query.to; bucket += 1) {
      const stamp = stampOf(bucket);
      if (stamp === null) continue;
      const entry = this.entries.get(`${name}${bucket}`);
      if (entry === undefined || entry.table !== table || entry.stamp !== stamp) {
        missing ??= { from: bucket, to: bucket };
        missing.to = bucket;
        continue;
      }
      await readMissing();
      if (entry.rows.ids.length > 0) found.push({ bucket, rows: entry.rows });
    }
    await readMissing();
    return found;
  }

  private async pack(query: RowQuery, table: ValueTable, precision: number): Promise<Bucket[]> {
    const packer = new RowPacker(precision);
    const buckets: Bucket[] = [];
    let current: number | null = null;
    const finish = () => {
      if (current !== null) buckets.push({ bucket: current, rows: packer.take() });
    };
    await this.store.scanBytes(query, (bucket, bytes, place) => {
      if (bucket !== current) finish();
      current = bucket;
      const id = table.idOf(bytes, place.valueStart, place.valueEnd);
      packer.add(id, bytes, place.rowStart, place.rowEnd);
    });
    finish();
    return buckets;
  }
}

/** What the contents lie in: it can be handed over without a copy. */
export function buffersOf({ buckets }: PackedContents): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { parts } of buckets) {
    for (const { buffer } of [parts.most, parts.starts, parts.visitorStarts, parts.bytes]) {
      if (buffer.byteLength > 0) buffers.add(buffer as ArrayBuffer);
    }
  }
  return [...buffers];
}
