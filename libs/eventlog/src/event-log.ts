import type { SiteId } from '#events';

/**
 * The log of all events: append-only, partitioned, the only truth.
 *
 * Promises, each a case of `event-log.contract.ts`:
 * - an append that resolves is on disk; after a crash it is read back;
 * - offsets of a partition start at 0 and have no holes; order is the order of appends;
 * - a reader sees whole records only, and never one that is not durable;
 * - `id` and `partitions` never change in the life of one log.
 */
export abstract class EventLog {
  /** Names this log for ever; a checkpoint of another log is refused. */
  abstract readonly id: string;
  /** Number of partitions, fixed when the log was created. */
  abstract readonly partitions: number;

  /**
   * Resolves when every record is durable. Rejects with `EventLogError` when some may not be; they
   * may still appear later, so whoever resends relies on event ids.
   */
  abstract append(records: readonly NewRecord[]): Promise<void>;

  /** Next offset of the partition: one past its last durable record. */
  abstract head(partition: number): Promise<number>;

  /**
   * Up to `limit` records starting at `from`, in order; `null` when there are none yet.
   * Throws `EventLogError` code `offset_out_of_range` below the first or beyond the next offset.
   */
  abstract read(partition: number, from: number, limit: number): Promise<RecordBlock | null>;

  /** Resolves when something was appended that the last `head` calls did not show, or after `timeoutMs`. */
  abstract waitForAppend(timeoutMs: number): Promise<void>;

  abstract close(): Promise<void>;
}

/** One encoded event on its way into the log. */
export interface NewRecord {
  readonly partition: number;
  readonly siteId: SiteId;
  readonly bytes: Uint8Array;
}

/** Consecutive records of one partition; bytes are valid until the next `read`. */
export interface RecordBlock {
  readonly partition: number;
  readonly firstOffset: number;
  readonly count: number;
  /** Whose record it is, known without decoding it. */
  siteIdAt(index: number): SiteId;
  /** Record `index` is `bytes.subarray(startAt(index), startAt(index + 1))`. */
  readonly bytes: Uint8Array;
  startAt(index: number): number;
}

export type EventLogErrorCode =
  | 'closed'
  | 'disk_full'
  | 'locked'
  | 'damaged'
  | 'offset_out_of_range'
  | 'unreachable'
  | 'write_failed';

/** The log could not do its work; `retriable` says whether trying again may help. */
export class EventLogError extends Error {
  constructor(
    readonly code: EventLogErrorCode,
    message: string,
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EventLogError';
  }
}

/** The error for an offset that the partition does not have. */
export function outOfRange(partition: number, from: number, head: number): EventLogError {
  return new EventLogError(
    'offset_out_of_range',
    `partition ${partition} has offsets 0 to ${head}, not ${from}`,
    false,
  );
}
