import { randomUUID } from 'node:crypto';
import { Arrivals } from '../arrivals.js';
import {
  EventLog,
  EventLogError,
  type NewRecord,
  outOfRange,
  type RecordBlock,
} from '../event-log.js';
import { blockOf } from '../record-block.js';

/** The log in memory: the double that tests use, with the same promises but durability. */
export class MemoryEventLog extends EventLog {
  readonly id = randomUUID();
  private readonly records: NewRecord[][];
  private readonly arrivals = new Arrivals();
  private isClosed = false;

  constructor(readonly partitions = 4) {
    super();
    this.records = Array.from({ length: partitions }, () => []);
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.assertOpen();
    for (const record of records) {
      this.records[record.partition]?.push({ ...record, bytes: record.bytes.slice() });
    }
    this.arrivals.wake();
  }

  async head(partition: number): Promise<number> {
    this.assertOpen();
    return this.of(partition).length;
  }

  async read(partition: number, from: number, limit: number): Promise<RecordBlock | null> {
    this.assertOpen();
    const records = this.of(partition);
    if (from < 0 || from > records.length) throw outOfRange(partition, from, records.length);
    if (from === records.length) return null;
    return blockOf(partition, from, records.slice(from, from + limit));
  }

  async waitForAppend(timeoutMs: number): Promise<void> {
    await this.arrivals.wait(timeoutMs);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.arrivals.wake();
  }

  private of(partition: number): NewRecord[] {
    const records = this.records[partition];
    if (records === undefined) throw new RangeError(`no partition ${partition}`);
    return records;
  }

  private assertOpen(): void {
    if (this.isClosed) throw new EventLogError('closed', 'the event log is closed', false);
  }
}
