import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { EventLogError } from '../event-log.js';
import { KafkaReader, nothingArrived } from './kafka-reader.js';

/** Copies of every event where there are enough brokers; two of them must have it before it counts. */
const REPLICATION_MAX = 3;
/** The largest request of a producer, with room. */
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
/** How long a new topic may take to have its leaders. */
const READY_TIMEOUT_MS = 15_000;

/** What is fixed in the life of a topic. */
export interface TopicFacts {
  readonly id: string;
  /** Partitions that hold events; one more, the last, holds the topic's name for ever. */
  readonly partitions: number;
}

/** Creates the topic when it is not there, and reads what is fixed about it. */
export async function openTopic(
  kafka: Kafka,
  topic: string,
  wantedPartitions: number,
): Promise<TopicFacts> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = await admin.listTopics();
    if (!topics.includes(topic)) await createTopic(admin, topic, wantedPartitions + 1);
    const offsets = await untilLed(() => admin.fetchTopicOffsets(topic));
    const partitions = offsets.length - 1;
    if (partitions < 1) {
      throw new EventLogError('damaged', `topic ${topic} was not made by this product`, false);
    }
    const names = offsets.find(({ partition }) => partition === partitions);
    if (Number(names?.high) === 0) await writeName(kafka, topic, partitions);
    return { id: await readName(kafka, topic, partitions), partitions };
  } finally {
    await admin.disconnect();
  }
}

async function createTopic(
  admin: ReturnType<Kafka['admin']>,
  topic: string,
  numPartitions: number,
): Promise<void> {
  const { brokers } = await admin.describeCluster();
  const replicationFactor = Math.min(REPLICATION_MAX, brokers.length);
  const settings = {
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'cleanup.policy': 'delete',
    'unclean.leader.election.enable': 'false',
    'min.insync.replicas': replicationFactor === REPLICATION_MAX ? '2' : '1',
    'max.message.bytes': String(MESSAGE_BYTES_MAX),
  };
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions, replicationFactor, configEntries }],
    });
  } catch (error) {
    // Another process may have been faster.
    if (!(await admin.listTopics()).includes(topic)) throw error;
  }
}

async function untilLed<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Two processes may both write: the first record is the name. */
async function writeName(kafka: Kafka, topic: string, partition: number): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: [{ partition, value: randomUUID() }] });
  } finally {
    await producer.disconnect();
  }
}

async function readName(kafka: Kafka, topic: string, partition: number): Promise<string> {
  const reader = KafkaReader.ofFixedPartitions(kafka, topic, [partition]);
  try {
    const [first] = await reader.read(partition, 0, 1, READY_TIMEOUT_MS);
    if (first === undefined) throw nothingArrived(partition, 0);
    return String(first.value);
  } finally {
    await reader.close();
  }
}
