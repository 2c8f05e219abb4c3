import type { EmbeddedEventLog } from '../embedded/embedded-event-log.js';
import type { NewRecord } from '../event-log.js';

const BLOCK_EVENTS = 4000;

/** How much of each partition waits on local disk, or is on its way there. */
export class Backlog {
  private readonly waiting: number[];
  private bytes = 0;
  private since = 0;

  constructor(partitions: number) {
    this.waiting = Array.from({ length: partitions }, () => 0);
  }

  /** Counts what an earlier process left behind. */
  async load(spool: EmbeddedEventLog): Promise<void> {
    for (let partition = 0; partition < spool.partitions; partition += 1) {
      let offset = await spool.first(partition);
      for (;;) {
        const block = await spool.read(partition, offset, BLOCK_EVENTS);
        if (block === null) break;
        this.note(partition, block.count, block.startAt(block.count) - block.startAt(0));
        offset += block.count;
      }
    }
  }

  /** Bytes that would wait with these records. */
  bytesWith(records: readonly NewRecord[]): number {
    return this.bytes + bytesOf(records);
  }

  isEmpty(partition: number): boolean {
    return this.waiting[partition] === 0;
  }

  /** Partitions of which something waits. */
  partitions(): readonly number[] {
    return this.waiting.flatMap((count, partition) => (count > 0 ? [partition] : []));
  }

  add(records: readonly NewRecord[]): void {
    for (const { partition, bytes } of records) this.note(partition, 1, bytes.length);
  }

  remove(records: readonly NewRecord[]): void {
    for (const { partition, bytes } of records) this.note(partition, -1, -bytes.length);
  }

  status(): { events: number; bytes: number; ageMs: number } {
    const events = this.waiting.reduce((sum, count) => sum + count, 0);
    return { events, bytes: this.bytes, ageMs: events === 0 ? 0 : performance.now() - this.since };
  }

  private note(partition: number, events: number, bytes: number): void {
    if (this.bytes === 0) this.since = performance.now();
    this.waiting[partition] = (this.waiting[partition] as number) + events;
    this.bytes += bytes;
  }
}

function bytesOf(records: readonly NewRecord[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
