import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Cluster } from '../../deploy/local/cluster.mjs';
import { seeded } from '../oracle/traffic.js';
import { FAULTS } from './faults.testing.js';
import { ADMIN_TOKEN, askTotals, createShop, Load } from './load.testing.js';

const COUNT = Number(process.env['CHAOS_FAULTS'] ?? 15);
const SEED = Number(process.env['CHAOS_SEED'] ?? 20261127);
const SECONDS_PER_FAULT = 40;
const SETTLE_MS = 120_000;

let cluster: Cluster;
const output: string[] = [];
beforeAll(async () => {
  const settings = { HINDSIGHT_ADMIN_TOKEN: ADMIN_TOKEN };
  cluster = await Cluster.up({ settings, tell: (line) => output.push(line) });
}, 180_000);
afterAll(() => cluster?.down(), 60_000);

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Every fault comes before any comes again. */
function* schedule(random: () => number) {
  for (;;) {
    const left = [...FAULTS];
    while (left.length > 0) {
      const [fault] = left.splice(Math.floor(random() * left.length), 1);
      if (fault !== undefined) yield fault;
    }
  }
}

it(
  `loses nothing, counts nothing twice and never answers wrongly through ${COUNT} faults under load`,
  async () => {
    await createShop(cluster.url);
    const random = seeded(SEED);
    const load = new Load(cluster.url, randomUUID().slice(0, 8));
    const faults = schedule(random);
    for (let number = 1; number <= COUNT; number += 1) {
      const fault = faults.next().value;
      if (fault === undefined) throw new Error('no fault');
      const { acknowledged } = load;
      const startedAt = Date.now();
      await fault.happen(cluster, random);
      await new Promise((resolve) => setTimeout(resolve, 500 + random() * 2000));
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      const came = load.acknowledged - acknowledged;
      say(`chaos ${number}/${COUNT}: ${fault.name}, ${seconds} s, ${came} events meanwhile`);
    }
    await load.end();
    const until = Date.now() + SETTLE_MS;
    let totals = await askTotals(cluster.url);
    while (totals?.events !== load.acknowledged && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      totals = await askTotals(cluster.url);
    }
    const verify = await cluster.command('verify');
    const { acknowledged, visitors, resent, answers, wrong } = load;
    const result = { faults: COUNT, seed: SEED, acknowledged, visitors, resent, answers, totals };
    say(JSON.stringify({ ...result, wrong: wrong.slice(0, 5), verify: verify.text.trim() }));
    if (totals?.events !== acknowledged) say(output.slice(-60).join('\n'));
    expect(wrong).toEqual([]);
    expect(acknowledged).toBeGreaterThan(COUNT * 100);
    expect(totals?.events).toBe(acknowledged);
    // Beyond a thousand they are an estimate.
    const error = Math.abs((totals?.visitors ?? 0) / visitors - 1);
    expect(error).toBeLessThanOrEqual(visitors > 1000 ? 0.04 : 0);
    expect(verify.text).toContain('all equal');
  },
  (240 + COUNT * SECONDS_PER_FAULT) * 1000,
);
