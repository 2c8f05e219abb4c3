import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import type { SiteId } from '#events';
import {
  EventLog,
  EventLogError,
  type NewRecord,
  outOfRange,
  type RecordBlock,
} from '../event-log.js';
import { stickyPartitions } from './assigners.js';
import { kafkaClient, toLogError } from './kafka-client.js';
import { KafkaReader, nothingArrived } from './kafka-reader.js';
import { KafkaWriter } from './kafka-writer.js';
import { openTopic, type TopicFacts } from './topic.js';

/** How long a reader waits for something that must be there. */
const READ_TIMEOUT_MS = 10_000;
/** How old the heads of partitions may be that others write to: those written here are known at once. */
const HEADS_AGE_MAX_MS = 200;

export interface KafkaEventLogOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Partitions of a topic that is created now. */
  readonly partitions?: number | null;
  /** Share the partitions with the other members of this group; else every partition can be read. */
  readonly group?: {
    readonly id: string;
    readonly sessionTimeoutMs: number;
    readonly onAssigned: (partitions: readonly number[]) => void;
  };
}

const PARTITIONS_DEFAULT = 12;

interface Heads {
  readonly at: number;
  readonly offsets: Promise<readonly Range[]>;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** The log in Apache Kafka: one message per event, its key the site. */
export class KafkaEventLog extends EventLog {
  private readonly writer: KafkaWriter;
  private readonly reader: KafkaReader;
  private admin: Promise<Admin> | null = null;
  private heads: Heads | null = null;
  private readonly written = new Map<number, number>();
  private owned: readonly number[] = [];
  private isClosed = false;

  private constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    private readonly facts: TopicFacts,
    group: KafkaEventLogOptions['group'],
  ) {
    super();
    this.writer = new KafkaWriter(kafka, topic, (partition, end) =>
      this.noteWritten(partition, end),
    );
    const all = Array.from({ length: facts.partitions }, (_, partition) => partition);
    this.reader =
      group === undefined
        ? KafkaReader.ofFixedPartitions(kafka, topic, all)
        : KafkaReader.inGroup(kafka, topic, {
            groupId: group.id,
            assigner: stickyPartitions(facts.partitions, () => this.owned),
            sessionTimeoutMs: group.sessionTimeoutMs,
            onAssigned: (partitions) => {
              for (const lost of this.owned) if (!partitions.includes(lost)) this.release(lost);
              this.owned = partitions;
              group.onAssigned(partitions);
            },
          });
  }

  /** Opens the topic, or creates it. Rejects with `EventLogError` `unreachable` when no broker answers. */
  static async open(options: KafkaEventLogOptions): Promise<KafkaEventLog> {
    const { topic, group } = options;
    const kafka = kafkaClient(options.brokers);
    try {
      const facts = await openTopic(kafka, topic, options.partitions ?? PARTITIONS_DEFAULT);
      return new KafkaEventLog(kafka, topic, facts, group);
    } catch (error) {
      throw toLogError(error);
    }
  }

  get id(): string {
    return this.facts.id;
  }

  get partitions(): number {
    return this.facts.partitions;
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.assertOpen();
    await this.writer.append(records);
    this.reader.wake();
  }

  async head(partition: number): Promise<number> {
    this.assertOpen();
    const { high } = await this.rangeOf(partition);
    return Math.max(high, this.written.get(partition) ?? 0, this.reader.knownEnd(partition));
  }

  async read(partition: number, from: number, limit: number): Promise<RecordBlock | null> {
    this.assertOpen();
    const end = Math.max(this.reader.knownEnd(partition), this.written.get(partition) ?? 0);
    // Where the reader stands already, it will learn of more by itself.
    if (!this.reader.isAt(partition, from) || from > end) {
      const head = await this.head(partition);
      const { low } = await this.rangeOf(partition);
      if (from < low || from > head) throw outOfRange(partition, from, head);
      this.reader.noteEnd(partition, head);
      if (from === head) return this.follow(partition, from);
    } else if (from === end) return null;
    const messages = await this.reader.read(partition, from, limit, READ_TIMEOUT_MS);
    this.assertOpen();
    if (messages.length === 0) throw nothingArrived(partition, from);
    return blockOfMessages(partition, from, messages);
  }

  async waitForAppend(timeoutMs: number): Promise<void> {
    await this.reader.arrival(timeoutMs);
  }

  /** Joins the group, so that partitions are assigned. */
  async join(): Promise<void> {
    await this.reader.start();
  }

  /** Tells the brokers how far each partition is folded, for tools that show lag. */
  async commitForTools(offsets: ReadonlyMap<number, number>): Promise<void> {
    await this.reader.commitForTools(offsets);
  }

  /** Stops fetching a partition. */
  release(partition: number): void {
    this.reader.release(partition);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.reader.close();
    await this.writer.close();
    const admin = await this.admin?.catch(() => null);
    await admin?.disconnect();
  }

  /** At the end of a partition: have what comes next fetched. */
  private async follow(partition: number, from: number): Promise<null> {
    await this.reader.read(partition, from, 0, 0);
    this.reader.noteEnd(partition, from);
    return null;
  }

  private noteWritten(partition: number, end: number): void {
    this.written.set(partition, Math.max(end, this.written.get(partition) ?? 0));
  }

  private async rangeOf(partition: number): Promise<Range> {
    if (this.heads === null || performance.now() - this.heads.at > HEADS_AGE_MAX_MS) {
      const offsets = this.fetchRanges();
      this.heads = { at: performance.now(), offsets };
      offsets.catch(() => {
        this.heads = null;
      });
    }
    const range = (await this.heads.offsets)[partition];
    if (range === undefined || partition >= this.partitions) {
      throw new RangeError(`no partition ${partition}`);
    }
    return range;
  }

  private async fetchRanges(): Promise<readonly Range[]> {
    try {
      this.admin ??= this.connectAdmin();
      const offsets = await (await this.admin).fetchTopicOffsets(this.topic);
      const ranges: Range[] = [];
      for (const { partition, low, high } of offsets) {
        ranges[partition] = { low: Number(low), high: Number(high) };
      }
      return ranges;
    } catch (error) {
      this.admin = null;
      throw toLogError(error);
    }
  }

  private async connectAdmin(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    return admin;
  }

  private assertOpen(): void {
    if (this.isClosed) throw new EventLogError('closed', 'the event log is closed', false);
  }
}

function blockOfMessages(
  partition: number,
  firstOffset: number,
  messages: readonly KafkaMessage[],
): RecordBlock {
  const starts = new Uint32Array(messages.length + 1);
  let size = 0;
  for (const [index, { value }] of messages.entries()) {
    starts[index] = size;
    size += value?.length ?? 0;
  }
  starts[messages.length] = size;
  const bytes = Buffer.allocUnsafe(size);
  for (const [index, { value }] of messages.entries()) value?.copy(bytes, starts[index] as number);
  return {
    partition,
    firstOffset,
    count: messages.length,
    bytes,
    siteIdAt: (index) => messages[index]?.key?.toString() as SiteId,
    startAt: (index) => starts[index] as number,
  };
}
