import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KafkaEventLog } from '#eventlog';
import { createDecoder } from '#events';
import { Cluster } from '../../deploy/local/cluster.mjs';
import { ADMIN_TOKEN, askTotals, Browser, createShop } from './load.testing.js';

const AWAY_MS = Number(process.env['OUTAGE_SECONDS'] ?? 120) * 1000;
const VISITORS = 20;
const EVENTS_PER_BATCH = 10;
/** With 20 visitors: a thousand events a second. */
const PAUSE_MS = 200;
const SETTLE_MS = 300_000;
const TIME_LIMIT_MS = AWAY_MS + SETTLE_MS + 120_000;

const decode = createDecoder((bytes, start, end) =>
  Buffer.prototype.utf8Slice.call(bytes, start, end),
);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.up({
    settings: { HINDSIGHT_ADMIN_TOKEN: ADMIN_TOKEN },
    tell: () => {},
  });
  await createShop(cluster.url);
}, 240_000);
afterAll(() => cluster?.down(), 60_000);

/** One visitor's browser: one connection, and the next batch when the last one was acknowledged. */
class Visitor {
  acknowledged = 0;
  refused = 0;
  private readonly browser: Browser;
  private isOver = false;
  private readonly work: Promise<void>;

  constructor(
    private readonly name: string,
    number: number,
  ) {
    this.browser = new Browser(cluster.url, number);
    this.work = this.send();
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.work;
    this.browser.close();
  }

  private async send(): Promise<void> {
    while (!this.isOver) {
      const startedAt = performance.now();
      const t = Date.now();
      const e = Array.from({ length: EVENTS_PER_BATCH }, (_, index) => ({
        i: `${this.name}-${this.acknowledged + index}`,
        n: 'step',
        t,
        u: 'https://shop.example/a',
      }));
      const b = `${this.name}-${this.acknowledged}`;
      const batch = { v: 1, s: 'shop', b, t, c: this.name, k: 1, e };
      if ((await this.browser.post(batch)) === 202) this.acknowledged += EVENTS_PER_BATCH;
      else this.refused += 1;
      await sleep(Math.max(0, PAUSE_MS - (performance.now() - startedAt)));
    }
  }
}

const visitorsOf = (run: string) =>
  Array.from({ length: VISITORS }, (_, number) => new Visitor(`${run}-${number}`, number));
const acknowledgedBy = (visitors: readonly Visitor[]) =>
  visitors.reduce((sum, { acknowledged }) => sum + acknowledged, 0);

/** Waits until the numbers are what was acknowledged, and gives them. */
async function counted(wanted: number): Promise<number> {
  const until = Date.now() + SETTLE_MS;
  let events = -1;
  while (events !== wanted && Date.now() < until) {
    await sleep(250);
    events = (await askTotals(cluster.url))?.events ?? -1;
  }
  return events;
}

/** Numbers of each visitor's events as they lie in the log, repetitions left out. */
async function orderInLog(run: string): Promise<Map<string, number[]>> {
  const brokers = (cluster.stack.settings['HINDSIGHT_KAFKA_BROKERS'] as string).split(',');
  const log = await KafkaEventLog.open({ brokers, topic: 'hindsight-events' });
  const found = new Map<string, Set<number>>();
  for (let partition = 0; partition < log.partitions; partition += 1) {
    let offset = 0;
    for (;;) {
      const block = await log.read(partition, offset, 4000);
      if (block === null) break;
      for (let index = 0; index < block.count; index += 1) {
        const [, visitor, number] =
          new RegExp(`^(${run}-\\d+)-(\\d+)$`).exec(decode(block.bytes, block.startAt(index)).id) ??
          [];
        if (visitor === undefined) continue;
        found.set(visitor, (found.get(visitor) ?? new Set()).add(Number(number)));
      }
      offset += block.count;
    }
  }
  await log.close();
  return new Map([...found].map(([visitor, numbers]) => [visitor, [...numbers]]));
}

async function spooled(): Promise<number> {
  let events = 0;
  for (const name of cluster.names('ingest')) {
    const text = await (await fetch(`${cluster.urlOf(name)}/metrics`)).text();
    events += Number(/hindsight_spool_events (\d+)/.exec(text)?.[1]);
  }
  return events;
}

describe(`an outage of ${AWAY_MS / 1000} s at a thousand events a second`, () => {
  let before = 0;

  it(
    'of Kafka loses nothing and keeps the order of each visitor',
    async () => {
      const visitors = visitorsOf('k');
      await sleep(3000);
      await cluster.stack.stop('kafka', 'SIGKILL');
      await sleep(AWAY_MS / 2);
      const half = acknowledgedBy(visitors);
      await sleep(AWAY_MS / 2);
      const waiting = await spooled();
      const during = acknowledgedBy(visitors) - half;
      // Answers go on, and say how old they are.
      expect(await askTotals(cluster.url)).not.toBeNull();
      await cluster.stack.start('kafka');
      await sleep(3000);
      for (const visitor of visitors) await visitor.end();
      before = acknowledgedBy(visitors);
      process.stderr.write(
        `${JSON.stringify({ outage: 'kafka', acknowledged: before, during, waiting })}\n`,
      );
      expect(during).toBeGreaterThan(0);
      expect(waiting).toBeGreaterThan(during / 2);
      expect(await counted(before)).toBe(before);
      expect(await spooled()).toBe(0);
      const order = await orderInLog('k');
      for (const { acknowledged } of visitors) expect(acknowledged).toBeGreaterThan(0);
      expect(order.size).toBe(VISITORS);
      for (const numbers of order.values()) {
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }
    },
    TIME_LIMIT_MS,
  );

  it(
    'of Cassandra lets hits in, and the numbers catch up',
    async () => {
      const visitors = visitorsOf('c');
      await sleep(3000);
      await cluster.stack.stop('cassandra', 'SIGKILL');
      const atStop = acknowledgedBy(visitors);
      await sleep(AWAY_MS);
      const during = acknowledgedBy(visitors) - atStop;
      await cluster.stack.start('cassandra');
      await sleep(3000);
      for (const visitor of visitors) await visitor.end();
      const acknowledged = acknowledgedBy(visitors);
      process.stderr.write(`${JSON.stringify({ outage: 'cassandra', acknowledged, during })}\n`);
      expect(during).toBeGreaterThan(0);
      expect(visitors.reduce((sum, { refused }) => sum + refused, 0)).toBe(0);
      expect(await counted(before + acknowledged)).toBe(before + acknowledged);
      expect((await cluster.command('verify')).text).toContain('all equal');
    },
    TIME_LIMIT_MS,
  );
});
