import { OTHER_VALUE } from '#domain';
import type { BucketKey } from '../bucket-key.js';
import {
  type Activity,
  type Checkpoint,
  type Flush,
  type PartitionTarget,
  PartitionWriter,
  ReportStore,
  type RowQuery,
  type RowVisitor,
  StoreError,
} from '../report-store.js';

/** Rows of one report, kind and class of a site: by bucket, then value. */
type Shelf = Map<number, Map<string, Uint8Array>>;

/** Everything of one partition of one generation. */
class Partition {
  readonly shelves = new Map<string, Shelf>();
  readonly state = new Map<string, Uint8Array>();
  readonly activity = new Map<string, Activity>();
  checkpoint: Checkpoint = { offset: 0, receivedAt: 0, epoch: 0 };
  logId = '';

  put(bucket: BucketKey, rows: Iterable<readonly [string, Uint8Array]>): void {
    const name = shelfName(bucket);
    const shelf: Shelf = this.shelves.get(name) ?? new Map();
    this.shelves.set(name, shelf);
    const known = shelf.get(bucket.bucket) ?? new Map<string, Uint8Array>();
    shelf.set(bucket.bucket, known);
    // A copy: the caller's bytes may be part of something much larger.
    for (const [value, bytes] of rows) known.set(value, bytes.slice());
  }
}

/** The store in memory: the double that tests use, with the same promises but durability. */
export class MemoryReportStore extends ReportStore {
  private readonly partitions = new Map<string, Map<number, Partition>>();
  private isClosed = false;

  async claim(target: PartitionTarget): Promise<PartitionWriter> {
    this.assertOpen();
    const generation = this.partitions.get(target.generation) ?? new Map<number, Partition>();
    this.partitions.set(target.generation, generation);
    const partition = generation.get(target.partition) ?? new Partition();
    generation.set(target.partition, partition);
    if (partition.logId !== '' && partition.logId !== target.logId) {
      throw new StoreError('other_log', `the read models belong to log ${partition.logId}`, false);
    }
    partition.logId = target.logId;
    const epoch = partition.checkpoint.epoch + 1;
    partition.checkpoint = { ...partition.checkpoint, epoch };
    return new MemoryPartitionWriter(partition, epoch);
  }

  async scan(query: RowQuery, visit: RowVisitor): Promise<void> {
    this.assertOpen();
    const found: [bucket: number, value: string, bytes: Uint8Array][] = [];
    for (const partition of this.partitions.get(query.generation)?.values() ?? []) {
      for (const [bucket, rows] of partition.shelves.get(shelfName(query)) ?? []) {
        if (bucket < query.from || bucket > query.to) continue;
        for (const [value, bytes] of rows) found.push([bucket, value, bytes]);
      }
    }
    found.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
    for (const [bucket, value, bytes] of found) visit(bucket, value, bytes);
  }

  async checkpoints(generation: string): Promise<ReadonlyMap<number, Checkpoint>> {
    this.assertOpen();
    const partitions = this.partitions.get(generation) ?? new Map<number, Partition>();
    return new Map([...partitions].map(([number, { checkpoint }]) => [number, checkpoint]));
  }

  async activity(generation: string, siteId: string): Promise<Activity | null> {
    this.assertOpen();
    const all = [...(this.partitions.get(generation)?.values() ?? [])]
      .map((partition) => partition.activity.get(siteId))
      .filter((each) => each !== undefined);
    if (all.length === 0) return null;
    return {
      firstEventAt: Math.min(...all.map((each) => each.firstEventAt)),
      lastEventAt: Math.max(...all.map((each) => each.lastEventAt)),
    };
  }

  async dropGeneration(generation: string): Promise<void> {
    this.assertOpen();
    this.partitions.delete(generation);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  private assertOpen(): void {
    if (this.isClosed) throw new StoreError('closed', 'the report store is closed', false);
  }
}

class MemoryPartitionWriter extends PartitionWriter {
  constructor(
    private readonly partition: Partition,
    private readonly epoch: number,
  ) {
    super();
  }

  get checkpoint(): Checkpoint {
    return { ...this.partition.checkpoint, epoch: this.epoch };
  }

  row(bucket: BucketKey, value: string): Uint8Array | undefined {
    return this.partition.shelves.get(shelfName(bucket))?.get(bucket.bucket)?.get(value);
  }

  valueCount(bucket: BucketKey): number {
    const rows = this.partition.shelves.get(shelfName(bucket))?.get(bucket.bucket);
    if (rows === undefined) return 0;
    return rows.size - (rows.has(OTHER_VALUE) ? 1 : 0) - (rows.has('') ? 1 : 0);
  }

  values(bucket: BucketKey): Iterable<string> {
    return this.partition.shelves.get(shelfName(bucket))?.get(bucket.bucket)?.keys() ?? [];
  }

  state(key: string): Uint8Array | undefined {
    return this.partition.state.get(key);
  }

  *stateRange(prefix: string): Iterable<readonly [key: string, bytes: Uint8Array]> {
    const entries = [...this.partition.state].filter(([key]) => key.startsWith(prefix));
    yield* entries.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async commit(flush: Flush): Promise<void> {
    const { partition, epoch } = this;
    if (partition.checkpoint.epoch !== epoch) {
      throw new StoreError('fenced', 'the partition was taken over', false);
    }
    for (const siteId of flush.deletedSites) {
      for (const name of partition.shelves.keys()) {
        if (name.startsWith(`${siteId}/`)) partition.shelves.delete(name);
      }
      partition.activity.delete(siteId);
    }
    for (const { bucket, rows } of flush.rows) partition.put(bucket, rows);
    for (const [key, bytes] of flush.state) {
      if (bytes === null) partition.state.delete(key);
      else partition.state.set(key, bytes.slice());
    }
    for (const [siteId, next] of flush.activity) {
      const before = partition.activity.get(siteId) ?? next;
      partition.activity.set(siteId, {
        firstEventAt: Math.min(before.firstEventAt, next.firstEventAt),
        lastEventAt: Math.max(before.lastEventAt, next.lastEventAt),
      });
    }
    for (const [name, shelf] of partition.shelves) {
      if (!name.includes('/minute/')) continue;
      for (const minute of shelf.keys()) if (minute < flush.minutesBefore) shelf.delete(minute);
    }
    partition.checkpoint = { ...flush.checkpoint, epoch };
  }
}

function shelfName(key: Pick<BucketKey, 'siteId' | 'report' | 'kind' | 'trafficClass'>): string {
  return `${key.siteId}/${key.report}/${key.kind}/${key.trafficClass}`;
}
