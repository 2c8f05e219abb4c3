import { RunningProduct } from '../e2e/product.testing.js';
import { seeded } from '../oracle/traffic.js';

const SENDERS = 8;
const EVENTS_PER_BATCH = 5;
/** A process lives this long at least and at most before it is killed, in milliseconds. */
const LIFE_MIN_MS = 100;
const LIFE_SPREAD_MS = 900;
const RETRY_MS = 20;

/** What a run of kills left behind. */
export interface ChaosResult {
  readonly sent: number;
  readonly counted: number;
  readonly visitors: number;
  readonly countedVisitors: number;
  readonly verify: { readonly code: number | null; readonly text: string };
}

/**
 * Kills the product with SIGKILL at random moments under load and starts it again on the same data.
 * The senders keep each batch until it is acknowledged, and send it again if it was not.
 */
export async function runKills(kills: number, seed: number): Promise<ChaosResult> {
  const random = seeded(seed);
  let product = await RunningProduct.start();
  await product.createSite('shop', ['shop.example']);
  const { directory } = product;
  let isOver = false;
  let sent = 0;
  let visitors = 0;

  const sender = async (number: number) => {
    for (let turn = 0; !isOver; turn += 1) {
      const now = Date.now();
      const e = Array.from({ length: EVENTS_PER_BATCH }, (_, index) => ({
        i: `${seed}-${number}-${turn}-${index}`,
        n: index === 0 ? 'page_view' : 'step',
        t: now,
        u: `https://shop.example/page-${turn % 50}`,
      }));
      const batch = {
        v: 1,
        s: 'shop',
        b: `${number}-${turn}`,
        t: now,
        c: `v${number}-${turn >> 2}`,
        k: 1,
        e,
      };
      await untilAcknowledged(batch);
      sent += EVENTS_PER_BATCH;
      if (turn % 4 === 0) visitors += 1;
    }
  };
  const untilAcknowledged = async (batch: object) => {
    for (;;) {
      try {
        if ((await product.hit(batch)).status === 202) return;
      } catch (error) {
        // By name: the test runner's own errors are of another realm.
        if ((error as Error).name !== 'TypeError') throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };

  const senders = Promise.all(Array.from({ length: SENDERS }, (_, number) => sender(number)));
  for (let kill = 0; kill < kills; kill += 1) {
    await new Promise((resolve) => setTimeout(resolve, LIFE_MIN_MS + random() * LIFE_SPREAD_MS));
    await product.end('SIGKILL');
    product = await RunningProduct.start({ directory });
  }
  isOver = true;
  await senders;
  await product.settled();
  const query =
    '{ site(id: "shop") { report(range: { preset: LAST_7_DAYS }) { totals { events visitors } } } }';
  type Totals = { site: { report: { totals: { events: number; visitors: number } } } };
  const { totals } = (await product.data<Totals>(query)).site.report;
  await product.end();
  const verify = await RunningProduct.command(directory, 'verify');
  await product.stop();
  return { sent, counted: totals.events, visitors, countedVisitors: totals.visitors, verify };
}
