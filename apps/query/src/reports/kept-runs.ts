import { LRUCache } from 'lru-cache';
import { MergedRows, type PackedRows, type RowsByValue } from '#domain';
import type { RowQuery } from '#readmodel';
import type { ValueTable } from './value-table.js';

/** Days that are kept together beside alone: a range of thirty is then ten sources instead of thirty. */
const RUN_BUCKETS = 8;
/** Memory for what is kept together, unions formed of it included. */
const RUN_BYTES_MAX = 32 * 1024 * 1024;

/** A stored bucket that has rows. */
export interface Bucket {
  readonly bucket: number;
  readonly rows: PackedRows;
}

/**
 * Buckets side by side that questions read together: all months of a range, days by stretches that begin
 * where they do in every other range. The unions formed of them stay for the next question.
 */
export class KeptRuns {
  private readonly runs = new LRUCache<string, MergedRows>({ maxSize: RUN_BYTES_MAX });

  /** The buckets of a query in as few sources as they come to. */
  sources(
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
      const isWhole = start >= query.from && end <= query.to + 1;
      if (some.length === 1 || !isWhole) sources.push(...some);
      else sources.push(this.run(`${nameOf(query)}${start}-${end}`, some, table, precision));
    }
    return sources;
  }

  /** Some buckets together, as the last question left them if they are the same still. */
  run(
    name: string,
    buckets: readonly PackedRows[],
    table: ValueTable,
    precision: number,
  ): MergedRows {
    const known = this.runs.get(name);
    const isSame =
      known?.sources.length === buckets.length &&
      buckets.every((rows, index) => rows === known.sources[index]);
    const run = isSame ? known : new MergedRows(buckets, precision, table.count, true);
    this.runs.set(name, run, { size: run.size });
    return run;
  }

  /** Keeps what another thread united: of the same buckets, in the same order. */
  adopt(
    name: string,
    buckets: readonly PackedRows[],
    table: ValueTable,
    unions: ReadonlyMap<number, Uint8Array>,
  ): void {
    if (this.runs.has(name)) return;
    const precision = buckets[0]?.parts.precision ?? 0;
    const run = new MergedRows(buckets, precision, table.count, true);
    run.remember(unions);
    this.runs.set(name, run, { size: run.size });
  }

  /** Forgets everything and tells what it was. */
  take(): [name: string, run: MergedRows][] {
    const all = [...this.runs.entries()];
    this.runs.clear();
    return all;
  }
}

/** The stretch of buckets that is kept as one, of those a bucket is in. */
function runOf({ kind, from, to }: RowQuery, bucket: number): { start: number; end: number } {
  if (kind === 'month') return { start: from, end: to + 1 };
  const start = bucket - (((bucket % RUN_BUCKETS) + RUN_BUCKETS) % RUN_BUCKETS);
  return { start, end: start + RUN_BUCKETS };
}

/** Names the buckets of a query, before their number. */
export function nameOf({ generation, siteId, report, kind, trafficClass }: RowQuery): string {
  return `${generation}\n${siteId}\n${report}\n${kind}\n${trafficClass}\n`;
}
