import type { KafkaMessage } from 'kafkajs';
import { Arrivals } from '../arrivals.js';

/** Fetching stops when so many bytes of a partition wait to be read, and goes on at half of it. */
const BUFFER_BYTES_MAX = 8 * 1024 * 1024;

/** What was fetched of a partition and not read yet: consecutive messages from `next` on. */
export class PartitionBuffer {
  private messages: KafkaMessage[] = [];
  private bytes = 0;
  private readonly arrivals = new Arrivals();
  /** First offset that is not in memory yet. */
  private expected: number;
  /** One past the last offset that the partition is known to have. */
  end = 0;

  /** @param next offset that is read first */
  constructor(public next: number) {
    this.expected = next;
  }

  get isFull(): boolean {
    return this.bytes > BUFFER_BYTES_MAX;
  }

  get isHalfEmpty(): boolean {
    return this.bytes < BUFFER_BYTES_MAX / 2;
  }

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  /** Offset from which fetching must go on. */
  get fetchFrom(): number {
    return this.expected;
  }

  /** Takes what was fetched; false when something between is missing. */
  offer(messages: readonly KafkaMessage[]): boolean {
    for (const message of messages) {
      const offset = Number(message.offset);
      if (offset < this.expected) continue;
      if (offset > this.expected) return false;
      this.messages.push(message);
      this.bytes += message.value?.length ?? 0;
      this.expected = offset + 1;
    }
    this.end = Math.max(this.end, this.expected);
    this.wake();
    return true;
  }

  /** Up to `limit` messages, which leave the buffer. */
  take(limit: number): KafkaMessage[] {
    const taken = limit >= this.messages.length ? this.messages : this.messages.slice(0, limit);
    this.messages = taken === this.messages ? [] : this.messages.slice(limit);
    for (const { value } of taken) this.bytes -= value?.length ?? 0;
    this.next += taken.length;
    return taken;
  }

  /** Resolves when something arrived, or after `timeoutMs`. */
  async arrival(timeoutMs: number): Promise<void> {
    if (!this.isEmpty) return;
    await this.arrivals.wait(timeoutMs);
  }

  wake(): void {
    this.arrivals.wake();
  }
}
