import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { CassandraReportStore, FIRST_GENERATION } from '#readmodel';
import { PartitionRunner } from '../../apps/projector/src/run/partition-runner.js';
import { allRows, Product } from '../numbers/product.testing.js';
import { makeTraffic } from '../oracle/traffic.js';
import { dropKeyspace, servers } from './servers.testing.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-28T18:00:00Z');
const SITE = {
  id: 'site',
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  domains: ['example.com'],
  keyEvents: [{ name: 'purchase', event: 'purchase', page: null }],
};
/** Schedules tried; `TAKE_OVERS` asks for more. */
const SCHEDULES = Number(process.env['TAKE_OVERS'] ?? 3);
const TIME_LIMIT_MS = 20 * 60_000;
const MACHINES = 3;
/** Deaths of one schedule. */
const DEATHS = 12;

const base = mkdtempSync(join(tmpdir(), 'hindsight-take-over-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

class ProcessDied extends Error {}

type Requests = Record<'rows' | 'each', (...args: never[]) => Promise<unknown>> & {
  batch(statements: readonly unknown[]): Promise<unknown>;
};

/**
 * Lets a store make so many requests; the next one and all after it never leave the process, or arrive much
 * later: statements that were on their way. Each travels alone, as those of a large bucket do.
 *
 * @param counted all of them, or only statements of batches: deaths in the middle of writing rows
 * @returns the statements that are still to arrive
 */
function dieAfter(
  store: CassandraReportStore,
  requests: number,
  counted: 'all' | 'batch',
): unknown[] {
  const { connection } = store as unknown as { connection: Requests };
  let left = requests;
  const late: unknown[] = [];
  for (const name of ['rows', 'each'] as const) {
    const real = connection[name].bind(connection);
    connection[name] = async (...args) => {
      if (counted === 'all' || left < 0) left -= 1;
      if (left < 0) throw new ProcessDied();
      return real(...args);
    };
  }
  const batch = connection.batch.bind(connection);
  connection.batch = async (statements) => {
    for (const statement of statements) {
      left -= 1;
      if (left < 0) late.push(statement);
      else await batch([statement]);
    }
    if (left < 0) throw new ProcessDied();
  };
  return late;
}

/** Numbers from a seed: a linear congruential generator. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

describe('projectors that die at any request and are taken over on other machines', () => {
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => [index + 1]);
  it.each(seeds)(
    'end in the rows of a run without any fault (schedule %i)',
    async (seed) => {
      const arrivals = makeTraffic({ seed, visitors: 25, startAt: START, spanMs: 30 * HOUR });
      const product = await Product.with(SITE);
      product.now = START + 4 * 24 * HOUR;
      const pick = numbersFrom(seed);
      const { contactPoints, dataCenter } = servers();
      const keyspace = `test_${randomUUID().replaceAll('-', '')}`;
      const options = { contactPoints, dataCenter, keyspace, replication: 1, consistency: 'ONE' };
      const open = (machine: number) =>
        CassandraReportStore.open({
          ...options,
          directory: join(base, `${seed}-${machine}`),
          // With every flush, or never in so short a time.
          ...(pick(2) === 0 ? { snapshotIntervalMs: -1 } : {}),
          // Buckets get more chunks all the time, or hardly ever.
          ...(pick(2) === 0 ? { chunkBytes: 64 } : {}),
        });
      const courier = await CassandraReportStore.open({ ...options, directory: null });
      const { connection } = courier as unknown as { connection: Requests };
      let late: unknown[] = [];
      const deliver = async (list: readonly unknown[]) => {
        // Some never do.
        for (const each of list) if (pick(3) > 0) await connection.batch([each]);
      };
      const start = async (store: CassandraReportStore) => {
        const runners: PartitionRunner[] = [];
        for (let partition = 0; partition < product.log.partitions; partition += 1) {
          const { log, registry, now } = product;
          const parts = { log, registry, store, generation: FIRST_GENERATION, partition };
          runners.push(await PartitionRunner.start({ ...parts, now: () => now, retryMs: 1 }));
        }
        return runners;
      };
      let sent = 0;
      for (let death = 0; death < DEATHS; death += 1) {
        const more = pick(Math.ceil((arrivals.length * 2) / DEATHS));
        await product.arrive(arrivals.slice(sent, sent + more));
        sent += more;
        const store = await open(pick(MACHINES));
        const [before, isEarly] = [late, pick(2) === 0];
        late =
          pick(2) === 0
            ? dieAfter(store, pick(2000), 'all')
            : dieAfter(store, 1 + pick(1000), 'batch');
        try {
          const runners = await start(store);
          if (isEarly) await deliver(before);
          for (const runner of runners) {
            while ((await runner.step()) === 0);
            await runner.flush();
          }
        } catch (error) {
          if (!(error instanceof ProcessDied)) throw error;
        }
        await store.close();
        if (!isEarly) await deliver(before);
      }
      await product.arrive(arrivals.slice(sent));
      const last = await open(pick(MACHINES));
      for (const runner of await start(last)) {
        while ((await runner.step()) === 0);
        await runner.flush();
      }
      await deliver(late);
      await product.startProjector();
      await product.fold();
      const expected = await allRows(product);
      expect(expected.size).toBeGreaterThan(100);
      expect(await allRows({ ...product, store: last } as unknown as Product)).toEqual(expected);
      await last.close();
      await courier.close();
      await dropKeyspace(keyspace);
    },
    TIME_LIMIT_MS,
  );
});
