import { createHash } from 'node:crypto';
import { canonicalRow, REPORTS, type Report, TRAFFIC_CLASSES } from '#domain';
import type { ReportStore, RowQuery } from '#readmodel';

/** Rows held at once, as the hash of each: a few megabytes. A single bucket of more is held whole. */
const HELD_MAX = 20_000;
/** Differences that are told; the count is of all. */
const TOLD_MAX = 10;
const BUCKET_MIN = -(2 ** 40);
const BUCKET_MAX = 2 ** 40;

/** One side of a comparison. */
export interface Side {
  readonly store: ReportStore;
  readonly generation: string;
}

/** What a comparison came to. */
export interface Comparison {
  /** Rows by key: those that both sides have once. */
  rows: number;
  differences: number;
  /** The first differences, in words. */
  readonly told: string[];
  /** The most rows that were held at once. */
  mostHeld: number;
}

/** A stretch of buckets, both ends included. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

type Table = Omit<RowQuery, 'generation' | 'from' | 'to'>;

/** Every table of rows of a site that is kept; minutes are for realtime only and are not. */
export function* tablesOf(siteKey: string): Generator<{ table: Table; report: Report }> {
  for (const report of REPORTS) {
    for (const kind of report.buckets.filter((each) => each !== 'minute')) {
      for (const trafficClass of TRAFFIC_CLASSES) {
        yield { table: { siteId: siteKey, report: report.name, kind, trafficClass }, report };
      }
    }
  }
}

/** How many rows a side has of some sites. */
export async function countRows(side: Side, siteKeys: readonly string[]): Promise<number> {
  let count = 0;
  for (const siteKey of siteKeys) {
    for (const { table } of tablesOf(siteKey)) {
      for (const rows of (await rowsByBucket(side, table)).values()) count += rows;
    }
  }
  return count;
}

/** Compares two stores row by row, holding a bounded number of rows. */
export class RowComparison {
  readonly result: Comparison = { rows: 0, differences: 0, told: [], mostHeld: 0 };

  /** @param expected the side that is right; it should be near, since it is read twice */
  constructor(
    private readonly expected: Side,
    private readonly stored: Side,
    private readonly heldMax = HELD_MAX,
  ) {}

  /** Compares every row of one site. */
  async compareSite(siteKey: string, onProgress: (rows: number) => void = () => {}): Promise<void> {
    for (const { table, report } of tablesOf(siteKey)) {
      for (const stretch of await this.stretchesOf(table)) {
        await this.compareStretch({ ...table, ...stretch }, report);
        onProgress(this.result.rows);
      }
    }
  }

  /** All time in stretches whose rows may be held, of one bucket at least. */
  private async stretchesOf(table: Table): Promise<Stretch[]> {
    const stretches: Stretch[] = [];
    let from = BUCKET_MIN;
    let held = 0;
    for (const [bucket, rows] of await rowsByBucket(this.expected, table)) {
      if (held > 0 && held + rows > this.heldMax) {
        stretches.push({ from, to: bucket - 1 });
        from = bucket;
        held = 0;
      }
      held += rows;
    }
    return [...stretches, { from, to: BUCKET_MAX }];
  }

  private async compareStretch(query: Omit<RowQuery, 'generation'>, report: Report): Promise<void> {
    const held = new Map<string, Counterparts>();
    const { expected, stored, result } = this;
    let count = 0;
    await expected.store.scan({ ...query, generation: expected.generation }, (...row) => {
      const key = `${row[0]} ${row[1]}`;
      const all = held.get(key) ?? { hashes: [], strangers: 0 };
      all.hashes.push(hashOf(row[2], report));
      held.set(key, all);
      count += 1;
    });
    result.mostHeld = Math.max(result.mostHeld, count);
    result.rows += held.size;
    await stored.store.scan({ ...query, generation: stored.generation }, (...row) => {
      const key = `${row[0]} ${row[1]}`;
      const all = held.get(key);
      if (all === undefined) {
        result.rows += 1;
        return this.tell(query, key, 'is too much');
      }
      const place = all.hashes.indexOf(hashOf(row[2], report));
      if (place === -1) all.strangers += 1;
      else all.hashes.splice(place, 1);
    });
    for (const [key, { hashes, strangers }] of held) {
      const changed = Math.min(hashes.length, strangers);
      for (let left = changed; left > 0; left -= 1) this.tell(query, key, 'differs');
      for (let left = hashes.length; left > changed; left -= 1) this.tell(query, key, 'is missing');
      for (let left = strangers; left > changed; left -= 1) this.tell(query, key, 'is too much');
    }
  }

  private tell({ siteId, report, kind, trafficClass }: Table, key: string, what: string): void {
    this.result.differences += 1;
    if (this.result.told.length >= TOLD_MAX) return;
    this.result.told.push(`${siteId} ${report} ${kind} ${trafficClass} ${key} ${what}`);
  }
}

/** The rows of one key, one for each partition that has it, as far as the other side has not shown them. */
interface Counterparts {
  readonly hashes: string[];
  /** Rows of the other side that are none of them. */
  strangers: number;
}

async function rowsByBucket(side: Side, table: Table): Promise<Map<number, number>> {
  const query = { ...table, generation: side.generation, from: BUCKET_MIN, to: BUCKET_MAX };
  const counts = new Map<number, number>();
  await side.store.scanBytes(query, (bucket) => {
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  });
  return counts;
}

/** Equal for rows of equal contents, in whatever order they were made. */
function hashOf(row: Uint8Array, report: Report): string {
  return createHash('sha256').update(canonicalRow(row, report)).digest('base64');
}
