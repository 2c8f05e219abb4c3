import { describe, expect, it } from '@jest/globals';
import { keyspacesOfTests, servers } from '../../../../test/cluster/servers.testing.js';
import { describeRefusalStore } from '../refusal-store.contract.js';
import { CassandraRefusalStore } from './cassandra-refusal-store.js';

const HOUR_MS = 3_600_000;
const fresh = keyspacesOfTests();
const open = (keyspace: string) => {
  const { contactPoints, dataCenter } = servers();
  const consistency = 'QUORUM';
  const reports: string[] = [];
  const options = { contactPoints, dataCenter, keyspace, replication: 1, consistency, reports };
  return CassandraRefusalStore.open(options);
};

describeRefusalStore('CassandraRefusalStore', () => open(fresh()));

describe('refusals of several processes', () => {
  const AT = 500_000 * HOUR_MS;
  const refusal = { siteId: 'shop', code: 'bad_json', count: 1 };

  it('are added up by whoever asks, with the newest sample of all', async () => {
    const keyspace = fresh();
    const [first, second, query] = [
      await open(keyspace),
      await open(keyspace),
      await open(keyspace),
    ];
    // The newest is one time of the first process, one time of the second.
    first.record({ ...refusal, at: AT + 2, sample: 'newest of this hour' });
    second.record({ ...refusal, at: AT + 1, count: 2, sample: 'older' });
    first.record({ ...refusal, code: 'too_large', at: AT + 1, sample: 'older' });
    second.record({ ...refusal, code: 'too_large', at: AT + 2, sample: 'newest of this hour' });
    await first.flush();
    await second.flush();
    const newest = { lastAt: AT + 2, sample: 'newest of this hour' };
    expect(await query.list('shop', 0)).toEqual([
      { code: 'bad_json', count: 3, ...newest },
      { code: 'too_large', count: 2, ...newest },
    ]);
    // More of an hour that is stored already counts on.
    first.record({ ...refusal, at: AT + 3, sample: 'last' });
    await first.close();
    expect((await query.list('shop', 0))[0]).toEqual({
      code: 'bad_json',
      count: 4,
      lastAt: AT + 3,
      sample: 'last',
    });
    await second.close();
    await query.close();
  });

  it('are kept over a restart, and added to', async () => {
    const keyspace = fresh();
    for (const at of [AT, AT + 1]) {
      const store = await open(keyspace);
      store.record({ ...refusal, at, sample: String(at) });
      await store.close();
    }
    const store = await open(keyspace);
    expect((await store.list('shop', 0)).map(({ count }) => count)).toEqual([2]);
    await store.close();
  });

  it('begin another row when a counter was forgotten meanwhile', async () => {
    const store = await open(fresh());
    store.record({ ...refusal, at: AT, count: 5, sample: '' });
    await store.flush();
    const { counters } = store as unknown as { counters: Map<string, unknown> };
    counters.clear();
    store.record({ ...refusal, at: AT, sample: '' });
    expect((await store.list('shop', 0)).map(({ count }) => count)).toEqual([6]);
    await store.close();
  });

  it('are written again when the first writing failed', async () => {
    const store = await open(fresh());
    const { connection } = store as unknown as { connection: { rows: () => Promise<unknown> } };
    const real = connection.rows;
    connection.rows = async () => {
      throw new Error('away');
    };
    store.record({ ...refusal, at: AT, sample: '' });
    await expect(store.flush()).rejects.toThrow('away');
    connection.rows = real;
    expect((await store.list('shop', 0)).map(({ count }) => count)).toEqual([1]);
    await store.close();
  });
});
