import { LRUCache } from 'lru-cache';
import {
  type BucketKind,
  MergedRows,
  type PackedRows,
  type Report,
  RowPacker,
  type RowsByValue,
} from '#domain';
import type { ReportStore, RowQuery } from '#readmodel';
import { ValueTable } from './value-table.js';

/** Memory for packed buckets: a year of eight reports at ten million events takes about that. */
const PACKED_BYTES_MAX = 96 * 1024 * 1024;
/** Memory for the values that packed buckets name by number. */
const TABLE_BYTES_MAX = 32 * 1024 * 1024;
/** Days that are kept together beside alone: a range of thirty is then ten sources instead of thirty. */
const RUN_BUCKETS = 8;
/** Memory for what is kept together, unions formed of it included. */
const RUN_BYTES_MAX = 32 * 1024 * 1024;

/** What is kept; hours are for the totals only, and their numbers leave gaps. */
const KEPT: ReadonlySet<BucketKind> = new Set(['day', 'month'] as const);
const NO_ROWS = new RowPacker(0).take();

/** A stored bucket that has rows. */
export interface Bucket {
  readonly bucket: number;
  readonly rows: PackedRows;
}

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

interface Entry {
  readonly stamp: string;
  readonly table: ValueTable;
  readonly rows: PackedRows;
}

/**
 * Stored buckets as the last questions left them, packed: other metrics, orders, pages and ranges of
 * the same report read them again. A bucket is read anew when its stamp in the store has changed.
 */
export class PackedBuckets {
  private readonly entries = new LRUCache<string, Entry>({ maxSize: PACKED_BYTES_MAX });
  private readonly tables = new LRUCache<string, ValueTable>({ maxSize: TABLE_BYTES_MAX });
  private readonly runsKept = new LRUCache<string, MergedRows>({ maxSize: RUN_BYTES_MAX });
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

  /**
   * The buckets of a query in as few sources as they come to: all months together, days by stretches that
   * begin where they do in every other range. The unions formed of those stay for the next question.
   */
  runs(
    query: RowQuery,
    buckets: readonly Bucket[],
    table: ValueTable,
    precision: number,
  ): RowsByValue[] {
    const sources: RowsByValue[] = [];
    for (let from = 0; from < buckets.length; ) {
      const { start, end } = runOf(query, (buckets[from] as Bucket).bucket);
      let to = from + 1;
      while (to < buckets.length && (buckets[to] as Bucket).bucket < end) to += 1;
      const some = buckets.slice(from, to).map(({ rows }) => rows);
      from = to;
      const isWhole = KEPT.has(query.kind) && start >= query.from && end <= query.to + 1;
      if (some.length === 1 || !isWhole) sources.push(...some);
      else sources.push(this.run(`${nameOf(query)}${start}-${end}`, some, table, precision));
    }
    return sources;
  }

  /** Some buckets together, as the last question left them if they are the same still. */
  private run(
    name: string,
    buckets: readonly PackedRows[],
    table: ValueTable,
    precision: number,
  ): MergedRows {
    const known = this.runsKept.get(name);
    const isSame =
      known?.sources.length === buckets.length &&
      buckets.every((rows, index) => rows === known.sources[index]);
    const run = isSame ? known : new MergedRows(buckets, precision, table.count, true);
    this.runsKept.set(name, run, { size: run.size });
    return run;
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
      if (entry.rows !== NO_ROWS) found.push({ bucket, rows: entry.rows });
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

/** The stretch of buckets that is kept as one, of those a bucket is in. */
function runOf({ kind, from, to }: RowQuery, bucket: number): { start: number; end: number } {
  if (kind === 'month') return { start: from, end: to + 1 };
  const start = bucket - (((bucket % RUN_BUCKETS) + RUN_BUCKETS) % RUN_BUCKETS);
  return { start, end: start + RUN_BUCKETS };
}

function nameOf({ generation, siteId, report, kind, trafficClass }: RowQuery): string {
  return `${generation}\n${siteId}\n${report}\n${kind}\n${trafficClass}\n`;
}
