import { describe, expect, it, jest } from '@jest/globals';
import { executeIn, keyspacesOfTests, servers } from '../../../../test/cluster/servers.testing.js';
import { StoreError } from '../report-store.js';
import { CassandraRegistry } from './cassandra-registry.js';
import { CassandraConnection } from './connection.js';

const fresh = keyspacesOfTests();
const open = (keyspace: string) => {
  const { contactPoints, dataCenter } = servers();
  const consistency = 'QUORUM';
  const reports: string[] = [];
  const options = { contactPoints, dataCenter, keyspace, replication: 1, consistency, reports };
  return CassandraRegistry.open(options);
};
const site = (id: string) => ({
  id,
  name: id,
  domains: [],
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
});
const sitesOf = (registry: CassandraRegistry) => [...registry.view().sites.keys()];

type Batch = (...args: never[]) => Promise<unknown>;
/** Has the next change fail, before or after it took effect. */
const failOnce = (registry: CassandraRegistry, isWritten: boolean) => {
  const { connection } = registry as unknown as { connection: { batch: Batch } };
  const real = connection.batch;
  connection.batch = async (...args) => {
    connection.batch = real;
    if (isWritten) await real.apply(connection, args);
    throw new StoreError('unreachable', 'the answer was lost', true);
  };
};

describe('a change of the registry that fails', () => {
  it('is not seen, and can be tried again', async () => {
    const registry = await open(fresh());
    await registry.createSite(site('first'));
    failOnce(registry, false);
    await expect(registry.createSite(site('second'))).rejects.toMatchObject({
      code: 'write_failed',
      retriable: true,
    });
    expect(sitesOf(registry)).toEqual(['first']);
    expect(registry.view().definitions('second', 'g1')).toBeUndefined();
    expect(registry.view().liveGeneration('first').id).toBe('g1');
    await registry.createSite(site('second'));
    expect(sitesOf(registry)).toEqual(['first', 'second']);
    await registry.close();
  });

  it('is seen when it was written all the same', async () => {
    const registry = await open(fresh());
    failOnce(registry, true);
    await expect(registry.createSite(site('first'))).rejects.toThrow('the answer was lost');
    await registry.refresh();
    expect(sitesOf(registry)).toEqual(['first']);
    await registry.close();
  });
});

describe('a registry that cannot be read', () => {
  it('leaves no connection behind', async () => {
    const keyspace = fresh();
    await (await open(keyspace)).close();
    await executeIn(
      keyspace,
      `UPDATE registry SET contents = '[' WHERE id = 'all' AND part = 'sites'`,
    );
    const close = jest.spyOn(CassandraConnection.prototype, 'close');
    await expect(open(keyspace)).rejects.toThrow('JSON');
    expect(close).toHaveBeenCalledTimes(1);
    close.mockRestore();
  });
});
