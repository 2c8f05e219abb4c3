import type { BucketKind, TrafficClass } from '#domain';
import type { BucketKey } from './bucket-key.js';

/**
 * Keeps the rows of all reports, the projector's state and its checkpoints.
 *
 * Promises, each a case of `report-store.contract.ts`:
 * - `commit` is all or nothing: rows, state and checkpoint are those of one offset, also after a crash;
 * - a writer whose epoch was claimed by another fails its next commit and changes nothing;
 * - `scan` sees committed rows only, in order of bucket; `scanBytes` sees the same;
 * - `stamps` names the state of each bucket: as long as it is the same text, the rows are the same;
 * - generations, sites and partitions never see each other's rows.
 */
export abstract class ReportStore {
  /** Takes over one partition of one generation: every earlier writer of it is fenced off. */
  abstract claim(target: PartitionTarget): Promise<PartitionWriter>;

  /** Calls `visit` for every row that the query covers; the bytes are valid during the call only. */
  abstract scan(query: RowQuery, visit: RowVisitor): Promise<void>;

  /** The same rows where they lie, without a text for each: an adapter that can spares that. */
  scanBytes(query: RowQuery, visit: RowBytesVisitor): Promise<void> {
    return this.scan(query, (bucket, value, row) => {
      const bytes = Buffer.concat([Buffer.from(value), row]);
      const valueEnd = bytes.length - row.length;
      visit(bucket, bytes, { valueStart: 0, valueEnd, rowStart: valueEnd, rowEnd: bytes.length });
    });
  }

  /**
   * A text per bucket that changes with its rows; none = it has no rows, but it may have one all the same.
   * `null` = the adapter cannot tell.
   */
  stamps(_query: RowQuery): Promise<ReadonlyMap<number, string> | null> {
    return Promise.resolve(null);
  }

  /** Where each partition of the generation stands; partitions that never committed are missing. */
  abstract checkpoints(generation: string): Promise<ReadonlyMap<number, Checkpoint>>;

  /** First and last instant of a site's events, over all partitions; `null` without events. */
  abstract activity(generation: string, siteId: string): Promise<Activity | null>;

  /** Removes everything of a generation. */
  abstract dropGeneration(generation: string): Promise<void>;

  abstract close(): Promise<void>;
}

export interface PartitionTarget {
  readonly generation: string;
  readonly partition: number;
  /** `EventLog.id`; a checkpoint of another log is refused with code `other_log`. */
  readonly logId: string;
}

/** The place in the log that rows and state are complete to. */
export interface Checkpoint {
  /** Next offset to fold. */
  readonly offset: number;
  /** Newest `receivedAt` folded, milliseconds; 0 before the first event. */
  readonly receivedAt: number;
  readonly epoch: number;
  /** Whether rows of a flush beyond `offset` may be there already; never where both are written in one step. */
  readonly isFlushing?: boolean;
}

export interface Activity {
  readonly firstEventAt: number;
  readonly lastEventAt: number;
}

export interface RowQuery {
  readonly generation: string;
  readonly siteId: string;
  readonly report: string;
  readonly kind: BucketKind;
  readonly trafficClass: TrafficClass;
  /** First and last bucket, both included. */
  readonly from: number;
  readonly to: number;
}

export type RowVisitor = (bucket: number, value: string, row: Uint8Array) => void;

/** Where the value, as UTF-8, and the row lie in some bytes. */
export interface RowPlace {
  valueStart: number;
  valueEnd: number;
  rowStart: number;
  rowEnd: number;
}

/** Bytes and place are valid during the call only. */
export type RowBytesVisitor = (bucket: number, bytes: Uint8Array, place: RowPlace) => void;

/** One partition's reading and writing side. Reads are of its own committed data. */
export abstract class PartitionWriter {
  /** As of the claim, then as of the last commit; offset 0 on an empty store. */
  abstract readonly checkpoint: Checkpoint;

  /** Bytes of a row of this partition, or `undefined`. */
  abstract row(bucket: BucketKey, value: string): Uint8Array | undefined;

  /** Number of distinct values this partition keeps in one bucket of one report and class. */
  abstract valueCount(bucket: BucketKey): number;

  /** All values that this partition has rows of in one bucket, `(other)` included. */
  abstract values(bucket: BucketKey): Iterable<string>;

  /** State of the fold under a name of its choice: `undefined` when it was never put. */
  abstract state(key: string): Uint8Array | undefined;

  /** All state whose key starts with `prefix`, in key order. */
  abstract stateRange(prefix: string): Iterable<readonly [key: string, bytes: Uint8Array]>;

  /** Writes everything of one flush in one step; rejects with `StoreError` code `fenced` when superseded. */
  abstract commit(flush: Flush): Promise<void>;

  /**
   * What the state is complete to. Behind the checkpoint after a take-over: what lies between must be
   * folded for its state alone, and handed over with `commitState`, before anything else.
   */
  get statePosition(): Omit<Checkpoint, 'epoch'> {
    return this.checkpoint;
  }

  /**
   * End of a flush that an earlier owner began and did not end; `null` when there is none. The next flush
   * must end there: rows that are complete to it already stay as they are.
   */
  get unfinishedFlush(): number | null {
    return null;
  }

  /** Takes the state, and nothing else, on to an offset up to the checkpoint. */
  async commitState(_state: Flush['state'], _position: Omit<Checkpoint, 'epoch'>): Promise<void> {
    throw new TypeError('the state of this store is never behind its checkpoint');
  }

  /** Whether all rows can be read that an event of a site at an instant may touch. */
  isReady(_siteId: string, _occurredAt: number): boolean {
    return true;
  }

  /** Has these rows ready; reading others throws `StoreError` code `not_ready` until `load` had them. */
  async prepare(_siteId: string, _occurredAt: number): Promise<void> {}

  /** Has the rows ready that could not be read. */
  async loadMissing(): Promise<void> {}
}

/** One flush: absolute rows and state as of `checkpoint`. */
export interface Flush {
  readonly rows: Iterable<{
    readonly bucket: BucketKey;
    readonly rows: readonly (readonly [value: string, bytes: Uint8Array])[];
  }>;
  /** `null` removes. */
  readonly state: Iterable<readonly [key: string, bytes: Uint8Array | null]>;
  readonly activity: Iterable<readonly [siteId: string, activity: Activity]>;
  /** Sites whose rows and activity in this partition go away before this flush's rows are written. */
  readonly deletedSites: Iterable<string>;
  /** Minute rows before this bucket are removed. */
  readonly minutesBefore: number;
  readonly checkpoint: Omit<Checkpoint, 'epoch'>;
}

export type StoreErrorCode =
  | 'fenced'
  | 'not_ready'
  | 'other_log'
  | 'closed'
  | 'disk_full'
  | 'locked'
  | 'damaged'
  | 'unreachable'
  | 'write_failed';

/** The store could not do its work; `retriable` says whether trying again may help. */
export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StoreError';
  }
}
