import {
  BUCKET_KINDS,
  type BucketKind,
  createCalendar,
  dayOfHour,
  TRAFFIC_CLASSES,
  type TrafficClass,
} from '#domain';
import { type BucketKey, bucketName } from '../bucket-key.js';
import { StoreError } from '../report-store.js';
import { CHUNK_COLUMNS, type StoredChunk, storedChunkOf, visitValid } from './chunk-layout.js';
import type { CassandraConnection, Row } from './connection.js';
import type { LocalPartition } from './local-partition.js';
import { type BucketChunks, keptChunks } from './local-rows.js';
import { tableOf } from './schema.js';
import { stretchOf } from './stretch.js';
import { offsetOf } from './write-time.js';

const DAY_MS = 86_400_000;
/** Numbers of days and months; a local day is at most one beside the one of UTC. */
const UTC = createCalendar('UTC');
/** Days on each side that an event may touch: one that its session came from, one for the zone. */
const DAYS_AROUND = 2;

/** Whose buckets these are. */
export interface LoadingFor {
  readonly generation: string;
  readonly partition: number;
}

/** Buckets of one kind that follow one another. */
interface Span {
  readonly kind: BucketKind;
  readonly from: number;
  readonly to: number;
}

/** The part of a stretch that is to be read. */
interface StretchPart extends Span {
  readonly siteId: string;
  readonly report: string;
  readonly trafficClass: TrafficClass;
  readonly stretch: number;
}

/**
 * Which buckets' rows are in the local copy. Those around the time of an event are fetched before it is
 * folded; a bucket beyond them, which a session may reach in rare cases, is reported as missing.
 */
export class LoadedBuckets {
  private readonly ready = new Set<string>();
  private readonly sites = new Set<string>();
  /** What is listed of the stretches that were looked at; what this owner adds to them is here already. */
  private readonly listed = new Map<string, readonly Omit<StretchPart, 'from' | 'to'>[]>();
  /** Days and months that were looked at: what lies in one and is not stored does not exist. */
  private readonly known = new Map<string, Set<number>>();
  /** Single buckets that were looked at beside those. */
  private readonly loaded = new Set<string>();
  private missing: BucketKey | null = null;
  /** Chunks that are complete to a later offset than asked for. */
  private readonly ahead = new Set<string>();

  constructor(
    private readonly connection: CassandraConnection,
    private readonly of: LoadingFor,
    private readonly local: LocalPartition,
    /** Chunks complete to this offset are ahead; `null` = there are none. */
    private aheadAt: number | null,
  ) {}

  isReady(siteId: string, occurredAt: number): boolean {
    return this.ready.has(`${siteId}/${UTC.dayBucket(occurredAt)}`);
  }

  /** Fetches what an event may touch: its day and those beside it, their months, all minutes. */
  async prepare(siteId: string, occurredAt: number): Promise<void> {
    const day = UTC.dayBucket(occurredAt);
    const [from, to] = [day - DAYS_AROUND, day + DAYS_AROUND];
    const days = this.unknown(siteId, { kind: 'day', from, to });
    const [firstMonth, lastMonth] = [UTC.monthBucket(from - 1), UTC.monthBucket(to + 1)];
    const months = this.unknown(siteId, { kind: 'month', from: firstMonth, to: lastMonth });
    const hours = this.unknown(siteId, { kind: 'hour', from, to });
    if (!this.sites.has(siteId)) await this.loadMinutes(siteId);
    this.sites.add(siteId);
    const spans = [days, months, hours && hoursOf(hours)].filter((span) => span !== null);
    const parts = await Promise.all(spans.map((span) => this.stored(siteId, span)));
    await this.load(parts.flat());
    for (const span of [days, months, hours]) if (span !== null) this.note(siteId, span);
    this.ready.add(`${siteId}/${day}`);
  }

  /** Throws `not_ready` unless the rows of a bucket can be read. */
  assertReady(bucket: BucketKey): void {
    if (this.isKnown(bucket)) return;
    this.missing = bucket;
    const what = `${bucket.report} of ${bucket.siteId}, ${bucket.kind} ${bucket.bucket}`;
    throw new StoreError('not_ready', `the rows are not here yet: ${what}`, true);
  }

  async loadMissing(): Promise<void> {
    const { missing } = this;
    if (missing === null) return;
    const { kind, bucket } = missing;
    const stretch = stretchOf(kind, bucket);
    await this.load([{ ...missing, stretch, from: bucket, to: bucket }]);
    this.loaded.add(bucketName(missing));
    this.missing = null;
  }

  /** Whether a chunk must stay as it is. */
  isAhead(name: string, chunk: number): boolean {
    return this.ahead.size > 0 && this.ahead.has(`${name}\0${chunk}`);
  }

  /** All rows are complete to one offset again. */
  endRecovery(): void {
    this.aheadAt = null;
    this.ahead.clear();
  }

  /** A site was deleted: there is nothing of it any more. */
  forgetSite(siteId: string): void {
    for (const name of this.ahead) if (name.startsWith(`${siteId}\0`)) this.ahead.delete(name);
  }

  private isKnown(bucket: BucketKey): boolean {
    const { kind, siteId } = bucket;
    if (kind === 'minute') return this.sites.has(siteId);
    const at = kind === 'hour' ? dayOfHour(bucket.bucket) : bucket.bucket;
    return (
      this.known.get(`${siteId}/${kind}`)?.has(at) === true || this.loaded.has(bucketName(bucket))
    );
  }

  /** The part of a span that was not looked at; hours are noted by their days. */
  private unknown(siteId: string, { kind, from, to }: Span): Span | null {
    const known = this.known.get(`${siteId}/${kind}`);
    let [first, last] = [from, to];
    while (first <= last && known?.has(first)) first += 1;
    while (last >= first && known?.has(last)) last -= 1;
    return first > last ? null : { kind, from: first, to: last };
  }

  private note(siteId: string, { kind, from, to }: Span): void {
    const name = `${siteId}/${kind}`;
    const known = this.known.get(name) ?? new Set();
    this.known.set(name, known);
    for (let at = from; at <= to; at += 1) known.add(at);
  }

  /** The parts of stretches that a span covers and that were there when this owner came. */
  private async stored(siteId: string, { kind, from, to }: Span): Promise<StretchPart[]> {
    const parts: StretchPart[] = [];
    const last = stretchOf(kind, to);
    for (let stretch = stretchOf(kind, from); stretch <= last; stretch += 1) {
      const name = `${siteId}/${kind}/${stretch}`;
      const listed = this.listed.get(name) ?? (await this.listOf(siteId, kind, stretch));
      this.listed.set(name, listed);
      parts.push(...listed.map((each) => ({ ...each, from, to })));
    }
    return parts;
  }

  private async listOf(
    siteId: string,
    kind: BucketKind,
    stretch: number,
  ): Promise<readonly Omit<StretchPart, 'from' | 'to'>[]> {
    const { connection, of } = this;
    const rows = await connection.rows(
      `SELECT report, class FROM ${connection.table('stretches')} WHERE generation = ?
        AND site = ? AND shard = ? AND kind = ? AND stretch = ?`,
      [of.generation, siteId, of.partition, BUCKET_KINDS.indexOf(kind), stretch],
    );
    return rows.map((row) => ({
      ...{ siteId, kind, stretch },
      report: row['report'] as string,
      trafficClass: TRAFFIC_CLASSES[row['class'] as number] as TrafficClass,
    }));
  }

  private async load(parts: readonly StretchPart[]): Promise<void> {
    const found: BucketChunks[] = [];
    const { connection, of } = this;
    await connection.all(parts, async (part) => {
      const { siteId, report, kind, trafficClass, stretch, from, to } = part;
      const rows = await connection.rows(
        `SELECT ${CHUNK_COLUMNS} FROM ${connection.table(tableOf(report))}
          WHERE generation = ? AND site = ? AND kind = ? AND class = ? AND stretch = ?
            AND bucket >= ? AND bucket <= ?`,
        [
          ...[of.generation, siteId, BUCKET_KINDS.indexOf(kind)],
          ...[TRAFFIC_CLASSES.indexOf(trafficClass), stretch, BigInt(from), BigInt(to)],
        ],
      );
      this.take(rows, part, found);
    });
    if (found.length > 0) this.local.rows.change({ put: found });
  }

  private async loadMinutes(siteId: string): Promise<void> {
    const { connection, of } = this;
    const groups = new Map<string, Row[]>();
    await connection.each(
      `SELECT report, class, ${CHUNK_COLUMNS} FROM ${connection.table('minutes')}
        WHERE generation = ? AND site = ?`,
      [of.generation, siteId],
      (row) => {
        const name = `${row['report']}/${row['class']}`;
        const group = groups.get(name) ?? [];
        groups.set(name, group);
        group.push(row);
      },
    );
    const found: BucketChunks[] = [];
    for (const rows of groups.values()) {
      const { report, class: cls } = rows[0] as { report: string; class: number };
      const trafficClass = TRAFFIC_CLASSES[cls] as TrafficClass;
      this.take(rows, { siteId, report, kind: 'minute', trafficClass }, found);
    }
    if (found.length > 0) this.local.rows.change({ put: found });
  }

  /** Adds what counts of stored chunks, which are of one report and class, and is not here yet. */
  private take(rows: readonly Row[], of: Omit<BucketKey, 'bucket'>, found: BucketChunks[]): void {
    const chunks = rows.map(storedChunkOf).filter(({ shard }) => shard === this.of.partition);
    visitValid(chunks, (valid) => {
      const key = { ...of, bucket: (valid[0] as StoredChunk).bucket };
      if (key.kind !== 'minute' && this.isKnown(key)) return;
      const kept = keptChunks(bucketName(key), valid);
      for (const { chunk, written } of valid) {
        if (this.aheadAt !== null && offsetOf(written) === this.aheadAt) {
          this.ahead.add(`${kept.name}\0${chunk}`);
        }
      }
      found.push(kept);
    });
  }
}

function hoursOf({ from, to }: Span): Span {
  const first = UTC.hourBucket((from - 1) * DAY_MS);
  return { kind: 'hour', from: first, to: UTC.hourBucket((to + 2) * DAY_MS) };
}
