import { describe, expect, it } from '@jest/globals';
import { ClientAddress } from '#http';
import { Access, type QueryContext } from '../../apps/query/src/graphql/access.js';
import { AdminResolver } from '../../apps/query/src/graphql/admin.resolver.js';
import { makeTraffic } from '../oracle/traffic.js';
import { EVERYTHING, Product } from './product.testing.js';

const SITE = { id: 'site', timeZone: 'UTC', currency: 'EUR', domains: [], keyEvents: [] };
const START = Date.parse('2026-06-01T12:00:00Z');
const ADMIN = {
  viewer: { name: 'admin', role: 'ADMIN', siteIds: null },
} as unknown as QueryContext;

describe('a site that is created again', () => {
  it('starts from nothing, even if the process died while the first one was deleted', async () => {
    const product = await Product.with(SITE);
    product.now = START + 48 * 3_600_000;
    await product.arrive(makeTraffic({ seed: 1, visitors: 20, startAt: START, spanMs: 3_600_000 }));
    await product.startProjector();
    await product.fold();
    // Deleted in the registry; the process died before the log heard of it.
    await product.registry.deleteSite('site');
    const { registry, log } = product;
    const access = new Access(registry, null, new ClientAddress([]));
    const resolver = new AdminResolver({ access, registry, log, now: () => product.now });
    const input = {
      id: 'site',
      name: 'again',
      domains: ['a.example'],
      timeZone: 'UTC',
      currency: 'EUR',
    };
    const site = await resolver.createSite(input, ADMIN);
    await product.fold();
    const question = { range: { from: '2026-05-30', to: '2026-06-04' }, dimensions: ['PAGE'] };
    const answer = await product.reports.report(site, question, EVERYTHING);
    expect(answer.totals).toMatchObject({ events: 0, visitors: 0, sessions: 0 });
    expect(answer.rows).toEqual([]);
    await expect(resolver.createSite(input, ADMIN)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
