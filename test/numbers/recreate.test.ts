import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ClientAddress } from '#http';
import {
  FIRST_GENERATION,
  MemoryReportStore,
  type Registry,
  type RegistryView,
  type Site,
  siteKeyOf,
} from '#readmodel';
import { PartitionRunner } from '../../apps/projector/src/run/partition-runner.js';
import { Access, type QueryContext } from '../../apps/query/src/graphql/access.js';
import { AdminResolver } from '../../apps/query/src/graphql/admin.resolver.js';
import { HUMAN, makeTraffic } from '../oracle/traffic.js';
import type { Arrival } from '../oracle/wire.js';
import { allRows, EVERYTHING, Product } from './product.testing.js';

const SITE = { id: 'site', timeZone: 'UTC', currency: 'EUR', domains: [], keyEvents: [] };
const HOUR = 3_600_000;
const START = Date.parse('2026-06-01T12:00:00Z');
const ADMIN = {
  viewer: { name: 'admin', role: 'ADMIN', siteIds: null },
} as unknown as QueryContext;

const INPUT = {
  id: 'site',
  name: 'again',
  domains: ['a.example'],
  timeZone: 'UTC',
  currency: 'EUR',
};

function adminOf({ registry, log, now }: Product): AdminResolver {
  const access = new Access(registry, null, new ClientAddress([]));
  return new AdminResolver({ access, registry, log, now: () => now });
}

/** What a process sees of the registry until it looks again. */
class Sight {
  private seen: RegistryView;

  constructor(private readonly registry: Registry) {
    this.seen = this.look();
  }

  view(): RegistryView {
    return this.seen;
  }

  async refresh(): Promise<void> {
    this.seen = this.look();
  }

  private look(): RegistryView {
    const now = this.registry.view();
    const sites = new Map(now.sites);
    const keys = new Map(
      [...sites.values()].map((site) => {
        const key = siteKeyOf(site);
        return [key, now.definitions(key, FIRST_GENERATION)] as const;
      }),
    );
    return {
      ...now,
      sites,
      definitions: (key) => keys.get(key),
      hasKey: (key) => keys.has(key),
    };
  }
}

/** One product whose parts hear of a deletion when they look, as the processes of a cluster do. */
class Interleaving {
  readonly projectorSight: Sight;
  readonly ingestSight: Sight;
  /** Ids of events accepted for each site there ever was, by its key. */
  readonly accepted = new Map<string, Set<string>>();
  private runners: PartitionRunner[] = [];
  private now = START;

  private constructor(readonly product: Product) {
    this.projectorSight = new Sight(product.registry);
    this.ingestSight = new Sight(product.registry);
  }

  static async start(): Promise<Interleaving> {
    const product = await Product.with(SITE);
    product.now = START + 30 * 24 * HOUR;
    const all = new Interleaving(product);
    all.runners = await all.fold(product.store, all.projectorSight);
    return all;
  }

  /** Runners over all partitions that have folded everything there is. */
  async fold(store: MemoryReportStore, sight: Sight): Promise<PartitionRunner[]> {
    const { log, now } = this.product;
    const runners: PartitionRunner[] = [];
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const registry = sight as unknown as Registry;
      const generation = FIRST_GENERATION;
      const parts = { log, store, registry, generation, partition, now: () => now };
      runners.push(await PartitionRunner.start(parts));
    }
    await this.go(runners);
    return runners;
  }

  async go(runners = this.runners): Promise<void> {
    for (const runner of runners) {
      while ((await runner.step()) === 0);
      await runner.flush();
    }
  }

  /** A hit at a process that knows the sites of its last look. */
  async hit(id: string, by: { view(): RegistryView }): Promise<void> {
    const site = by.view().sites.get('site');
    if (site === undefined) return;
    this.now += 1000;
    const event = { i: id, n: 'page_view', t: this.now, u: `https://a.example/${id}` };
    const batch = { v: 1 as const, s: 'site', b: id, t: this.now, c: `v${id}`, k: 1, e: [event] };
    const arrival: Arrival = { receivedAt: this.now, userAgent: HUMAN, batch };
    await this.product.arrive([arrival], by);
    const ids = this.accepted.get(siteKeyOf(site)) ?? new Set();
    this.accepted.set(siteKeyOf(site), ids.add(id));
  }

  async delete(isHeard: boolean): Promise<void> {
    const { registry } = this.product;
    if (!registry.view().sites.has('site')) return;
    if (isHeard) await adminOf(this.product).deleteSite('site', ADMIN);
    else await registry.deleteSite('site');
  }

  async create(timeZone: string): Promise<Site> {
    const known = this.product.registry.view().sites.get('site');
    return known ?? adminOf(this.product).createSite({ ...INPUT, timeZone }, ADMIN);
  }
}

describe('a site that is created again', () => {
  it('starts from nothing, even if the process died while the first one was deleted', async () => {
    const product = await Product.with(SITE);
    product.now = START + 48 * 3_600_000;
    await product.arrive(makeTraffic({ seed: 1, visitors: 20, startAt: START, spanMs: 3_600_000 }));
    await product.startProjector();
    await product.fold();
    // Deleted in the registry; the process died before the log heard of it.
    await product.registry.deleteSite('site');
    const resolver = adminOf(product);
    const site = await resolver.createSite(INPUT, ADMIN);
    await product.fold();
    const question = { range: { from: '2026-05-30', to: '2026-06-04' }, dimensions: ['PAGE'] };
    const answer = await product.reports.report(site, question, EVERYTHING);
    expect(answer.totals).toMatchObject({ events: 0, visitors: 0, sessions: 0 });
    expect(answer.rows).toEqual([]);
    await expect(resolver.createSite(INPUT, ADMIN)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('has exactly the hits that were accepted for it, whoever hears of its deletion when', async () => {
    const id = fc.integer({ min: 1, max: 6 }).map(String);
    const step = fc.oneof(
      fc.record({ hit: id, isLate: fc.boolean() }),
      fc.constantFrom('fold', 'ingest looks', 'projector looks', 'delete', 'delete unheard'),
      fc.record({ timeZone: fc.constantFrom('UTC', 'Asia/Tokyo') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const all = await Interleaving.start();
        for (const each of steps) {
          if (each === 'fold') await all.go();
          else if (each === 'ingest looks') await all.ingestSight.refresh();
          else if (each === 'projector looks') await all.projectorSight.refresh();
          else if (each === 'delete' || each === 'delete unheard') {
            await all.delete(each === 'delete');
          } else if ('timeZone' in each) await all.create(each.timeZone);
          else await all.hit(each.hit, each.isLate ? all.ingestSight : all.product.registry);
        }
        const site = await all.create('UTC');
        await all.hit('last', all.product.registry);
        await all.go();
        const key = siteKeyOf(site);
        const rows = await allRows(all.product, true, key);
        const fresh = new MemoryReportStore();
        await all.fold(fresh, new Sight(all.product.registry));
        expect(rows).toEqual(await allRows({ store: fresh }, true, key));
        const question = { range: { from: '2026-05-30', to: '2026-06-04' } };
        const { totals } = await all.product.reports.report(site, question, EVERYTHING);
        expect(totals['events']).toBe(all.accepted.get(key)?.size);
      }),
      { numRuns: 100 },
    );
  });
});
