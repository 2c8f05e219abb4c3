import { expect, it } from '@jest/globals';
import { FIRST_GENERATION, MemoryRegistry, MemoryReportStore } from '#readmodel';
import { Product } from '../../../../test/numbers/product.testing.js';
import { makeTraffic } from '../../../../test/oracle/traffic.js';
import { replayMuted } from './muted-replay.js';

const START = Date.parse('2026-03-28T18:00:00Z');
const SITE = {
  id: 'site',
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  domains: ['example.com'],
  keyEvents: [],
};

/** A process that has not seen yet that the site was created. */
class LateRegistry extends MemoryRegistry {
  constructor(private readonly source: Product) {
    super();
  }

  override async refresh(): Promise<void> {
    this.contents.sites.set(SITE.id, { ...SITE, name: SITE.id, createdAt: 0, fanout: 1 });
    const known = this.source.registry.view().definitions(SITE.id, FIRST_GENERATION);
    if (known !== undefined) this.contents.definitions.set(`${FIRST_GENERATION}/${SITE.id}`, known);
  }
}

it('a muted replay knows the sites that were created a moment ago', async () => {
  const product = await Product.with(SITE);
  product.now = START + 3_600_000;
  await product.arrive(makeTraffic({ seed: 1, visitors: 3, startAt: START, spanMs: 3_600_000 }));
  const { log } = product;
  const heads = await Promise.all([0, 1, 2, 3].map((each) => log.head(each)));
  const partition = heads.findIndex((head) => head > 0);
  const target = { generation: FIRST_GENERATION, partition, logId: log.id };
  const replayed = async (registry: MemoryRegistry) => {
    const writer = await new MemoryReportStore().claim(target);
    const keys: string[] = [];
    const behind = Object.assign(Object.create(writer), {
      commitState: async (state: Iterable<readonly [string, unknown]>) => {
        for (const [key] of state) keys.push(key);
      },
    });
    Object.defineProperties(behind, {
      checkpoint: { value: { offset: heads[partition], receivedAt: 0, epoch: 1 } },
      statePosition: { value: { offset: 0, receivedAt: 0 } },
    });
    const parts = { log, registry, generation: FIRST_GENERATION, partition };
    await replayMuted(parts, behind);
    return keys.sort();
  };
  const expected = await replayed(product.registry);
  expect(expected.length).toBeGreaterThan(0);
  expect(await replayed(new LateRegistry(product))).toEqual(expected);
});
