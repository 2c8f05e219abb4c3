import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { EmbeddedEventLog, type EventLog, KafkaEventLog, type NewRecord } from '#eventlog';
import {
  CassandraRegistry,
  CassandraReportStore,
  EmbeddedRegistry,
  EmbeddedReportStore,
  FIRST_GENERATION,
  lagOf,
  type Registry,
  type ReportStore,
} from '#readmodel';
import { EventLogStrategy } from '../../apps/projector/src/run/event-log.strategy.js';
import { Reports } from '../../apps/query/src/reports/reports.js';
import { allRows, EVERYTHING, Product } from '../numbers/product.testing.js';
import { makeTraffic } from '../oracle/traffic.js';
import { dropKeyspace, serverSettings, servers } from './servers.testing.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-28T18:00:00Z');
const NOW = START + 4 * 24 * HOUR;
const PARTITIONS = 4;
const SITE = {
  id: 'site',
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  domains: ['example.com'],
  keyEvents: [],
};
const RANGE = { from: '2026-03-27', to: '2026-04-02' };
const QUESTIONS = [
  { dimensions: [], time: [] },
  { dimensions: [], time: ['HOUR'] },
  ...['PAGE', 'SOURCE', 'CHANNEL', 'COUNTRY', 'DEVICE', 'EVENT', 'ENTRY_PAGE', 'EXIT_PAGE'].flatMap(
    (dimension) => [
      { dimensions: [dimension], time: [] },
      { dimensions: [dimension], time: ['DAY'] },
    ],
  ),
];

const base = mkdtempSync(join(tmpdir(), 'hindsight-differential-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Storage {
  readonly log: EventLog;
  readonly registry: Registry;
  readonly store: ReportStore;
}

/** Records of a seeded script, as ingest writes them. */
async function recordsOf(seed: number): Promise<NewRecord[]> {
  const product = await Product.with(SITE);
  product.now = NOW;
  const traffic = { seed, visitors: 60, startAt: START, spanMs: 40 * HOUR };
  await product.arrive(makeTraffic(traffic));
  const records: NewRecord[] = [];
  for (let partition = 0; partition < product.log.partitions; partition += 1) {
    const block = await product.log.read(partition, 0, Number.MAX_SAFE_INTEGER);
    for (let index = 0; index < (block?.count ?? 0); index += 1) {
      const { bytes, startAt, siteIdAt } = block as NonNullable<typeof block>;
      const record = bytes.slice(startAt(index), startAt(index + 1));
      records.push({ partition, siteId: siteIdAt(index), bytes: record });
    }
  }
  return records;
}

async function createSite(registry: Registry): Promise<void> {
  const { id, timeZone, currency, domains } = SITE;
  await registry.createSite({ id, name: id, domains, timeZone, currency });
}

async function settled({ log, store }: Storage): Promise<void> {
  while ((await lagOf(log, store, FIRST_GENERATION)) > 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function listen(strategy: EventLogStrategy): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    strategy.listen((error) => (error == null ? resolve() : reject(error))),
  );
}

/** One projector of a cluster, with a directory of its own. */
async function projectorOf(options: ClusterOptions, name: string) {
  const { brokers, topic, cassandra } = options;
  const registry = await CassandraRegistry.open(cassandra);
  const store = await CassandraReportStore.open({ ...cassandra, directory: join(base, name) });
  const log = await KafkaEventLog.open({
    brokers,
    topic,
    group: {
      id: topic,
      sessionTimeoutMs: 6000,
      onAssigned: (partitions) => strategy.assign(partitions),
    },
  });
  const strategy: EventLogStrategy = new EventLogStrategy(
    { log, registry, store, generation: FIRST_GENERATION, now: () => NOW, join: () => log.join() },
    (error) => {
      throw error;
    },
  );
  await listen(strategy);
  return {
    async close() {
      await strategy.close();
      await log.close();
      await store.close();
      await registry.close();
    },
  };
}

interface ClusterOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly cassandra: Parameters<typeof CassandraRegistry.open>[0];
}

async function answersOf({ log, registry, store }: Storage): Promise<unknown[]> {
  const reports = new Reports({ log, registry, store, now: () => NOW });
  const site = registry.view().sites.get(SITE.id);
  if (site === undefined) throw new Error('no site');
  const answers: unknown[] = [];
  for (const { dimensions, time } of QUESTIONS) {
    const question = { range: RANGE, dimensions: [...dimensions, ...time], first: 500 };
    const { totals, rows, rowCount } = await reports.report(site, question, EVERYTHING);
    answers.push({ question, totals, rows, rowCount });
  }
  return answers;
}

/** Runs the built product’s own proof on the cluster. */
async function verify({ topic, cassandra }: ClusterOptions): Promise<string> {
  const child = spawn(process.execPath, ['dist/bundle/main.js', 'verify'], {
    env: {
      PATH: process.env['PATH'],
      ...serverSettings(),
      HINDSIGHT_KAFKA_TOPIC: topic,
      HINDSIGHT_CASSANDRA_KEYSPACE: cassandra.keyspace,
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      text += String(part);
    });
  }
  await new Promise((resolve) => child.once('exit', resolve));
  return text;
}

it('the same events give the same rows and answers embedded and in a cluster', async () => {
  const records = await recordsOf(11);
  // Embedded.
  const directory = join(base, 'embedded');
  const log = await EmbeddedEventLog.open({ directory, partitions: PARTITIONS });
  const registry = await EmbeddedRegistry.open({ directory, now: () => START - HOUR });
  const store = EmbeddedReportStore.open({ directory });
  const embedded = { log, registry, store };
  await createSite(registry);
  await log.append(records);
  const parts = { ...embedded, generation: FIRST_GENERATION, now: () => NOW };
  const strategy = new EventLogStrategy(parts, (error) => {
    throw error;
  });
  await listen(strategy);
  await settled(embedded);

  // A cluster, in which projectors come and go while events arrive.
  const { brokers, contactPoints, dataCenter } = servers();
  const name = randomUUID().replaceAll('-', '');
  const topic = `differential-${name}`;
  const keyspace = `test_${name}`;
  const cassandra = {
    ...{ contactPoints, dataCenter, keyspace },
    replication: 1,
    consistency: 'LOCAL_QUORUM',
  };
  const options = { brokers, topic, cassandra };
  const clusterRegistry = await CassandraRegistry.open({ ...cassandra, now: () => START - HOUR });
  await createSite(clusterRegistry);
  const clusterLog = await KafkaEventLog.open({ brokers, topic, partitions: PARTITIONS });
  const clusterStore = await CassandraReportStore.open({ ...cassandra, directory: null });
  const cluster = { log: clusterLog, registry: clusterRegistry, store: clusterStore };
  const half = Math.floor(records.length / 2);
  const first = await projectorOf(options, 'first');
  await clusterLog.append(records.slice(0, half));
  const second = await projectorOf(options, 'second');
  await first.close();
  await clusterLog.append(records.slice(half));
  const third = await projectorOf(options, 'third');
  await settled(cluster);

  const rows = await allRows({ ...embedded } as unknown as Product);
  expect(rows.size).toBeGreaterThan(500);
  expect(await allRows({ ...cluster } as unknown as Product)).toEqual(rows);
  expect(await answersOf(cluster)).toEqual(await answersOf(embedded));
  expect(await verify(options)).toContain('all equal');

  await second.close();
  await third.close();
  await clusterStore.close();
  await clusterLog.close();
  await clusterRegistry.close();
  await strategy.close();
  await store.close();
  await registry.close();
  await log.close();
  await dropKeyspace(keyspace);
}, 240_000);
