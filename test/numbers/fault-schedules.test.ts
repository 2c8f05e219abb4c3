import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { MemoryEventLog, partitionOf } from '#eventlog';
import { FIRST_GENERATION, type PartitionWriter, StoreError } from '#readmodel';
import { PartitionRunner } from '../../apps/projector/src/run/partition-runner.js';
import { makeTraffic } from '../oracle/traffic.js';
import type { Arrival } from '../oracle/wire.js';
import { allRows, Product } from './product.testing.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-28T18:00:00Z');
const SITE = {
  id: 'site',
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  domains: ['example.com'],
  keyEvents: [{ name: 'purchase', event: 'purchase', page: null }],
};
/** Schedules tried; `FAULT_SCHEDULES` asks for more. */
const SCHEDULES = Number(process.env['FAULT_SCHEDULES'] ?? 60);
const TIME_LIMIT_MS = 20 * 60_000;

/** What happens to a commit: nothing, or the store or the process fails before or after it took effect. */
const FAULTS = ['none', 'lostRequest', 'lostAnswer', 'diesBefore', 'diesAfter'] as const;
type Fault = (typeof FAULTS)[number];
type Action =
  | { kind: 'arrive'; events: number }
  | { kind: 'fold' }
  | { kind: 'flush'; fault: Fault }
  | { kind: 'takeOver' }
  | { kind: 'zombieWakes' };

/** The one partition that a site's events are in. */
const HOME = partitionOf(SITE.id, { high: 0, low: 0 }, 1, new MemoryEventLog(4).partitions);

class ProcessDied extends Error {}

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('arrive' as const), events: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constant('fold' as const) }),
  fc.record({ kind: fc.constant('flush' as const), fault: fc.constantFrom(...FAULTS) }),
  fc.record({ kind: fc.constant('takeOver' as const) }),
  fc.record({ kind: fc.constant('zombieWakes' as const) }),
);

/** The projector of one partition after another, each with a store that fails when told to. */
class Cluster {
  private runner: PartitionRunner | null = null;
  private readonly zombies: PartitionRunner[] = [];
  private fault: Fault = 'none';

  constructor(
    private readonly product: Product,
    private readonly partition: number,
  ) {}

  async take(step: Exclude<Action, { kind: 'arrive' }>): Promise<void> {
    if (step.kind === 'takeOver') return this.takeOver();
    if (step.kind === 'zombieWakes') return this.wakeZombies();
    this.runner ??= await this.start();
    if (step.kind === 'fold') {
      await this.runner.step();
      return;
    }
    this.fault = step.fault;
    try {
      await this.runner.flush();
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
      this.runner = null;
    }
  }

  /** A process that somebody else thinks dead; it lives on and knows nothing of it. */
  private async takeOver(): Promise<void> {
    if (this.runner !== null) this.zombies.push(this.runner);
    this.runner = await this.start();
  }

  private async wakeZombies(): Promise<void> {
    for (const zombie of this.zombies.splice(0)) {
      await zombie.step();
      // With nothing to write it changes nothing; with something it must be refused.
      await zombie.flush().then(
        () => {
          throw new Error('a superseded projector wrote');
        },
        (error: StoreError) => expect(error.code).toBe('fenced'),
      );
    }
  }

  private async start(): Promise<PartitionRunner> {
    const { log, registry, store } = this.product;
    const claim = async (target: Parameters<typeof store.claim>[0]) =>
      this.unreliable(await store.claim(target));
    return PartitionRunner.start({
      log,
      registry,
      store: Object.assign(Object.create(store), { claim }),
      generation: FIRST_GENERATION,
      partition: this.partition,
      now: () => this.product.now,
      retryMs: 0,
    });
  }

  private unreliable(writer: PartitionWriter): PartitionWriter {
    const commit: PartitionWriter['commit'] = async (flush) => {
      const { fault } = this;
      this.fault = 'none';
      if (fault === 'diesBefore') throw new ProcessDied();
      if (fault === 'lostRequest') throw new StoreError('unreachable', 'request lost', true);
      await writer.commit(flush);
      if (fault === 'diesAfter') throw new ProcessDied();
      if (fault === 'lostAnswer') throw new StoreError('unreachable', 'answer lost', true);
    };
    return new Proxy(writer, {
      get: (target, name) => {
        if (name === 'commit') return commit;
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

async function newProduct(): Promise<Product> {
  const product = await Product.with(SITE);
  product.now = START + 4 * 24 * HOUR;
  return product;
}

async function foldedAtOnce(arrivals: readonly Arrival[]): Promise<Product> {
  const product = await newProduct();
  await product.arrive(arrivals);
  await product.startProjector();
  await product.fold();
  return product;
}

describe('any schedule of faults', () => {
  // Every failed attempt is logged: thousands of lines that nobody needs here.
  beforeAll(() => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  });

  it(
    'ends in the rows of a run without any',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 1e6 }),
          fc.array(action, { minLength: 5, maxLength: 40 }),
          async (seed, schedule) => {
            const arrivals = makeTraffic({ seed, visitors: 15, startAt: START, spanMs: 10 * HOUR });
            const product = await newProduct();
            const cluster = new Cluster(product, HOME);
            let sent = 0;
            for (const step of schedule) {
              if (step.kind !== 'arrive') await cluster.take(step);
              else {
                await product.arrive(arrivals.slice(sent, sent + step.events));
                sent += step.events;
              }
            }
            await product.arrive(arrivals.slice(sent));
            await product.startProjector();
            await product.fold();
            expect(await allRows(product)).toEqual(await allRows(await foldedAtOnce(arrivals)));
          },
        ),
        { numRuns: SCHEDULES },
      );
    },
    TIME_LIMIT_MS,
  );
});
