import { EventLogError, type NewRecord } from '../event-log.js';

/** What one request to Kafka holds at most: its broker takes 4 MiB. */
const BATCH_BYTES_MAX = 1 << 20;
const BATCH_RECORDS_MAX = 4000;
/** What waits at most while a request is on its way; more is refused, so that memory has a bound. */
const QUEUE_BYTES_MAX = 64 << 20;

interface Waiting {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Gathers appends while a request is on its way, and sends them with the next one: never two at a time,
 * since an idempotent producer of kafkajs loses data when its requests overlap.
 */
export class LingerBatcher {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private sending: Promise<void> | null = null;

  /** @param send resolves when all brokers have the records */
  constructor(private readonly send: (records: readonly NewRecord[]) => Promise<void>) {}

  /** Resolves when the records are durable; rejections come in the order of the calls. */
  add(records: readonly NewRecord[]): Promise<void> {
    let bytes = 0;
    for (const record of records) bytes += record.bytes.length;
    if (this.waitingBytes + bytes > QUEUE_BYTES_MAX && this.waiting.length > 0) {
      const message = `more than ${QUEUE_BYTES_MAX >> 20} MiB wait for Kafka`;
      return Promise.reject(new EventLogError('unreachable', message, true));
    }
    this.waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.waiting.push({ records, bytes, resolve, reject });
      this.sending ??= this.sendAll();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.sending;
  }

  private async sendAll(): Promise<void> {
    // One turn of the event loop lets the requests that are already here join the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const group = this.nextGroup();
      try {
        for (const records of parts(group)) await this.send(records);
        for (const { resolve } of group) resolve();
      } catch (error) {
        // What waits behind must not get into the log before it: all of it goes back, in order.
        for (const { reject } of [...group, ...this.takeAll()]) reject(error as Error);
      }
    }
    this.sending = null;
  }

  private nextGroup(): Waiting[] {
    let bytes = 0;
    let records = 0;
    let count = 0;
    for (const each of this.waiting) {
      bytes += each.bytes;
      records += each.records.length;
      if (count > 0 && (bytes > BATCH_BYTES_MAX || records > BATCH_RECORDS_MAX)) break;
      count += 1;
    }
    const group = this.waiting.splice(0, count);
    for (const each of group) this.waitingBytes -= each.bytes;
    return group;
  }

  private takeAll(): Waiting[] {
    this.waitingBytes = 0;
    return this.waiting.splice(0);
  }
}

/** The records of a group in requests that a broker takes; one large append may need several. */
function* parts(group: readonly Waiting[]): Iterable<readonly NewRecord[]> {
  const all =
    group.length === 1 ? (group[0] as Waiting).records : group.flatMap((each) => each.records);
  let from = 0;
  let bytes = 0;
  for (let index = 0; index < all.length; index += 1) {
    bytes += (all[index] as NewRecord).bytes.length;
    if (bytes < BATCH_BYTES_MAX && index - from + 1 < BATCH_RECORDS_MAX) continue;
    yield all.slice(from, index + 1);
    from = index + 1;
    bytes = 0;
  }
  if (from < all.length) yield from === 0 ? all : all.slice(from);
}
