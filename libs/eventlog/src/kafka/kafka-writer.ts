import type { Kafka, Message, Producer } from 'kafkajs';
import { EventLogError, type NewRecord } from '../event-log.js';
import { toLogError } from './kafka-client.js';
import { LingerBatcher } from './linger-batcher.js';

/** How long a batch may take, retries included: then its senders are told, and the producer is given up. */
const SEND_TIMEOUT_MS = 6000;

/**
 * Writes to the topic. After a failure nobody knows whether the brokers have the batch: the producer is
 * given up, since its next batch would bear the sequence number of the failed one and could be taken for
 * a repetition. What is sent again by another producer is told apart by event ids.
 */
export class KafkaWriter {
  private producer: Promise<Producer> | null = null;
  private readonly batcher = new LingerBatcher((records) => this.send(records));

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    /** Told the end of each partition that was written to. */
    private readonly onWritten: (partition: number, end: number) => void,
  ) {}

  append(records: readonly NewRecord[]): Promise<void> {
    return this.batcher.add(records);
  }

  async close(): Promise<void> {
    await this.batcher.idle();
    await this.giveUp();
  }

  private async send(records: readonly NewRecord[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = `Kafka did not take a batch in ${SEND_TIMEOUT_MS} ms`;
        reject(new EventLogError('unreachable', message, true));
      }, SEND_TIMEOUT_MS);
    });
    const sent = this.sendNow(records);
    // Its outcome is of no interest when it comes too late.
    sent.catch(() => {});
    try {
      await Promise.race([sent, late]);
    } catch (error) {
      await this.giveUp();
      throw toLogError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  private async sendNow(records: readonly NewRecord[]): Promise<void> {
    this.producer ??= this.connect();
    const producer = await this.producer;
    const messages = records.map(
      ({ partition, siteId, bytes }): Message => ({
        partition,
        key: siteId,
        value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      }),
    );
    const written = await producer.send({ topic: this.topic, acks: -1, messages });
    const counts = new Map<number, number>();
    for (const { partition } of records) counts.set(partition, (counts.get(partition) ?? 0) + 1);
    for (const { partition, baseOffset } of written) {
      this.onWritten(partition, Number(baseOffset) + (counts.get(partition) ?? 0));
    }
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 60 },
    });
    await producer.connect();
    return producer;
  }

  private async giveUp(): Promise<void> {
    const producer = this.producer;
    this.producer = null;
    if (producer === null) return;
    producer.then((each) => each.disconnect()).catch(() => {});
  }
}
