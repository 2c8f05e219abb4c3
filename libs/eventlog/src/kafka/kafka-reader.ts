import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage, PartitionAssigner } from 'kafkajs';
import { Arrivals } from '../arrivals.js';
import { EventLogError } from '../event-log.js';
import { fixedPartitions } from './assigners.js';
import { toLogError } from './kafka-client.js';
import { PartitionBuffer } from './partition-buffer.js';

const MAX_WAIT_MS = 100;
const BYTES_PER_PARTITION = 1 << 20;
const BYTES_PER_FETCH = 8 << 20;
const REBALANCE_TIMEOUT_MS = 10_000;

/** How a reader comes to its partitions. */
export interface ReaderGroup {
  readonly groupId: string;
  readonly assigner: PartitionAssigner;
  /** A member that is silent for so long is thought dead. */
  readonly sessionTimeoutMs: number;
  /** Told after every (re)assignment, before anything is fetched. */
  readonly onAssigned: (partitions: readonly number[]) => void;
}

/**
 * Reads wanted partitions from wanted offsets. kafkajs hands over batches as they come; here they wait
 * in bounded buffers until they are read, and fetching pauses meanwhile. Offsets come from the caller:
 * nothing that is committed in Kafka is ever believed.
 */
export class KafkaReader {
  private readonly buffers = new Map<number, PartitionBuffer>();
  private readonly paused = new Set<number>();
  private readonly consumer: Consumer;
  private running: Promise<void> | null = null;
  private readonly arrivals = new Arrivals();
  private assigned: readonly number[] = [];
  private isClosed = false;

  private constructor(
    kafka: Kafka,
    private readonly topic: string,
    private readonly group: ReaderGroup,
  ) {
    this.consumer = kafka.consumer({
      groupId: group.groupId,
      partitionAssigners: [group.assigner],
      sessionTimeout: group.sessionTimeoutMs,
      heartbeatInterval: Math.floor(group.sessionTimeoutMs / 5),
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytesPerPartition: BYTES_PER_PARTITION,
      maxBytes: BYTES_PER_FETCH,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, restartOnFailure: async () => true },
    });
    this.consumer.on(this.consumer.events.GROUP_JOIN, ({ payload }) => {
      this.place(payload.memberAssignment[topic] ?? []);
    });
  }

  /** A reader of given partitions that shares with nobody. */
  static ofFixedPartitions(
    kafka: Kafka,
    topic: string,
    partitions: readonly number[],
  ): KafkaReader {
    const group = {
      groupId: `hindsight-reader-${randomUUID()}`,
      assigner: fixedPartitions(partitions),
      sessionTimeoutMs: 30_000,
      onAssigned: () => {},
    };
    return new KafkaReader(kafka, topic, group);
  }

  /** A reader that shares the partitions with the other members of its group. */
  static inGroup(kafka: Kafka, topic: string, group: ReaderGroup): KafkaReader {
    return new KafkaReader(kafka, topic, group);
  }

  /** Joins; reading does so by itself. */
  start(): Promise<void> {
    this.running ??= this.run();
    return this.running;
  }

  /** Offsets known to exist, for a partition that is being read. */
  knownEnd(partition: number): number {
    return this.buffers.get(partition)?.end ?? 0;
  }

  /** Notes that the partition has offsets up to `end`. */
  noteEnd(partition: number, end: number): void {
    const buffer = this.buffers.get(partition);
    if (buffer !== undefined) buffer.end = Math.max(buffer.end, end);
  }

  /** Whether the partition is being read at this very offset. */
  isAt(partition: number, offset: number): boolean {
    return this.buffers.get(partition)?.next === offset;
  }

  /** Consecutive messages from an offset that exists; empty when none arrived in time. */
  async read(
    partition: number,
    from: number,
    limit: number,
    timeoutMs: number,
  ): Promise<KafkaMessage[]> {
    let buffer = this.buffers.get(partition);
    if (buffer === undefined || buffer.next !== from) {
      const end = buffer?.end ?? 0;
      buffer = new PartitionBuffer(from);
      buffer.end = end;
      this.buffers.set(partition, buffer);
      this.seek(partition);
    }
    await this.start();
    await buffer.arrival(timeoutMs);
    const messages = buffer.take(limit);
    if (this.paused.has(partition) && buffer.isHalfEmpty) this.seek(partition);
    return messages;
  }

  /** Forgets a partition: nothing of it is fetched any more. */
  release(partition: number): void {
    this.buffers.delete(partition);
    this.pause(partition);
  }

  /** Resolves when something arrived in any partition, or after `timeoutMs`. */
  async arrival(timeoutMs: number): Promise<void> {
    for (const buffer of this.buffers.values()) if (!buffer.isEmpty) return;
    await this.arrivals.wait(timeoutMs);
  }

  wake(): void {
    this.arrivals.wake();
  }

  /** Tells the brokers how far the group is, for tools that show lag; nothing here reads it. */
  async commitForTools(offsets: ReadonlyMap<number, number>): Promise<void> {
    const list = [...offsets].map(([partition, offset]) => ({
      topic: this.topic,
      partition,
      offset: String(offset),
    }));
    await this.consumer.commitOffsets(list).catch(() => {});
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.wake();
    for (const buffer of this.buffers.values()) buffer.wake();
    if (this.running === null) return;
    await this.running.catch(() => {});
    await this.consumer.disconnect().catch(() => {});
  }

  private async run(): Promise<void> {
    try {
      await this.consumer.connect();
      await this.consumer.subscribe({ topics: [this.topic], fromBeginning: true });
      await this.consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: 4,
        eachBatch: (payload) => this.take(payload),
      });
    } catch (error) {
      this.running = null;
      throw toLogError(error);
    }
  }

  /** After every join: each partition goes on where its buffer ends; others are not fetched. */
  private place(partitions: readonly number[]): void {
    this.assigned = partitions;
    for (const partition of partitions) {
      if (this.buffers.has(partition)) this.seek(partition);
      else this.pause(partition);
    }
    this.group.onAssigned(partitions);
    this.wake();
  }

  private seek(partition: number): void {
    const buffer = this.buffers.get(partition);
    if (buffer === undefined || !this.assigned.includes(partition)) return;
    const offset = String(buffer.fetchFrom);
    this.consumer.seek({ topic: this.topic, partition, offset });
    this.consumer.resume([{ topic: this.topic, partitions: [partition] }]);
    this.paused.delete(partition);
  }

  private pause(partition: number): void {
    this.paused.add(partition);
    if (!this.assigned.includes(partition)) return;
    this.consumer.pause([{ topic: this.topic, partitions: [partition] }]);
  }

  private async take({ batch }: EachBatchPayload): Promise<void> {
    const { partition, messages } = batch;
    const buffer = this.buffers.get(partition);
    if (buffer === undefined) return this.pause(partition);
    buffer.end = Math.max(buffer.end, Number(batch.highWatermark));
    // A fetch that was on its way when the place changed may bring something from elsewhere.
    if (!buffer.offer(messages)) this.seek(partition);
    if (buffer.isFull) this.pause(partition);
    this.wake();
  }
}

/** The error of a reader that waited in vain. */
export function nothingArrived(partition: number, offset: number): EventLogError {
  const message = `Kafka did not deliver offset ${offset} of partition ${partition} in time`;
  return new EventLogError('unreachable', message, true);
}
