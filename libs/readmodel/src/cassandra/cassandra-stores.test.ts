import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { executeIn, keyspacesOfTests, servers } from '../../../../test/cluster/servers.testing.js';
import { describeRegistry } from '../registry.contract.js';
import { describeReportStore, flushOf, rowKey } from '../report-store.contract.js';
import { CassandraRegistry } from './cassandra-registry.js';
import { CassandraReportStore } from './cassandra-report-store.js';

const base = mkdtempSync(join(tmpdir(), 'hindsight-cassandra-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const newKeyspace = keyspacesOfTests();

let keyspace = '';
let directories = 0;
const options = () => {
  const { contactPoints, dataCenter } = servers();
  const reports = ['pages', 'pagesx'];
  return { contactPoints, dataCenter, keyspace, replication: 1, consistency: 'QUORUM', reports };
};
const fresh = () => {
  keyspace = newKeyspace();
};
/** The same machine again. */
const reopenStore = (change: { snapshotIntervalMs?: number } = {}) =>
  CassandraReportStore.open({
    ...options(),
    directory: join(base, String(directories)),
    ...change,
  });
/** A machine of its own: with a directory of its own. */
const openStore = (change = {}) => {
  directories += 1;
  return reopenStore(change);
};
/** A snapshot with every flush. */
const EAGER = { snapshotIntervalMs: -1 };
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

describeReportStore(
  'CassandraReportStore',
  () => {
    fresh();
    return openStore();
  },
  { reopen: () => reopenStore() },
);

describeRegistry(
  'CassandraRegistry',
  () => {
    fresh();
    return CassandraRegistry.open(options());
  },
  { another: () => CassandraRegistry.open(options()) },
);

describe('tables of an older version', () => {
  it('lose their rows and state, which are folded again, and keep the registry', async () => {
    fresh();
    const target = { generation: 'g1', partition: 0, logId: 'log' };
    const before = await openStore();
    const writer = await before.claim(target);
    await writer.prepare('site', 20_000 * 86_400_000);
    await writer.commit(flushOf({ offset: 5, rows: [[rowKey(), bytes('five')]] }));
    await before.close();
    const registry = await CassandraRegistry.open(options());
    const site = { id: 'kept', name: 'Kept', domains: [], timeZone: 'UTC', currency: 'EUR' };
    await registry.createSite(site);
    await registry.close();
    await executeIn(
      keyspace,
      `UPDATE schema_versions SET value = '1' WHERE id = 'version' IF EXISTS`,
    );

    // Its tables may have had another form.
    await executeIn(keyspace, 'DROP TABLE rows_pages');
    await executeIn(keyspace, 'CREATE TABLE rows_pages (site text PRIMARY KEY, old text)');

    const after = await openStore();
    const owner = await after.claim(target);
    expect(owner.checkpoint.offset).toBe(0);
    await owner.prepare('site', 20_000 * 86_400_000);
    expect(owner.row(rowKey(), '/a')).toBeUndefined();
    await owner.commit(flushOf({ offset: 1, rows: [[rowKey(), bytes('one')]] }));
    await after.close();
    const again = await CassandraRegistry.open(options());
    expect(again.view().sites.has('kept')).toBe(true);
    await again.close();
    // A version of the future is left alone.
    await executeIn(
      keyspace,
      `UPDATE schema_versions SET value = '99' WHERE id = 'version' IF EXISTS`,
    );
    await expect(openStore()).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('a generation that is dropped', () => {
  it('leaves nothing behind in any table, and others alone', async () => {
    fresh();
    const store = await openStore(EAGER);
    for (const generation of ['g1', 'g2']) {
      const writer = await store.claim({ generation, partition: 0, logId: 'log' });
      await writer.prepare('site', 20_000 * 86_400_000);
      const activity = [['site', { firstEventAt: 1, lastEventAt: 2 }]] as const;
      const kinds = ['day', 'minute'] as const;
      const rows = kinds.map((kind) => [rowKey({ kind }), bytes(kind)] as const);
      await writer.commit(flushOf({ rows, activity, state: [['s', bytes('1')]] }));
    }
    await store.dropGeneration('g1');
    const tables = ['minutes', 'stretches', 'activity', 'changes', 'checkpoints', 'snapshots'];
    for (const table of ['rows_pages', ...tables]) {
      const rows = await executeIn(keyspace, `SELECT generation FROM ${table}`);
      const generations = new Set(rows.map((row) => row['generation']));
      expect({ table, generations: [...generations] }).toEqual({ table, generations: ['g2'] });
    }
    await store.close();
  });
});

describe('two projectors that both believe they own a partition', () => {
  const TARGET = { generation: 'g1', partition: 0, logId: 'log' };
  const DAYS = [20_000, 20_001];
  const DAY = 20_000 * 86_400_000;
  const rowsOf = async (store: CassandraReportStore) => {
    const rows: (string | undefined)[] = [];
    const query = { ...rowKey(), generation: 'g1', from: 0, to: 30_000 };
    await store.scan(query, (_bucket, _value, row) => rows.push(text(row)));
    return rows;
  };

  it('cannot harm each other: the later owner has the word', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const frozen = await first.claim(TARGET);
    await frozen.prepare('site', DAY);
    await frozen.commit(flushOf({ offset: 5, rows: [[rowKey(), bytes('five')]] }));
    const owner = await second.claim(TARGET);
    await owner.prepare('site', DAY);
    expect(owner.checkpoint.offset).toBe(5);
    expect(text(owner.row(rowKey(), '/a'))).toBe('five');
    await owner.commit(flushOf({ offset: 9, rows: [[rowKey(), bytes('nine')]] }));
    const late = frozen.commit(flushOf({ offset: 7, rows: [[rowKey(), bytes('seven')]] }));
    await expect(late).rejects.toMatchObject({ code: 'fenced' });
    expect(await rowsOf(second)).toEqual(['nine']);
    await first.close();
    await second.close();
  });

  it('a writer that wakes in the middle of a flush changes nothing that is newer', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const frozen = await first.claim(TARGET);
    await frozen.prepare('site', DAY);
    // It announces its flush, and stands still before its first row.
    const writes = frozen as unknown as {
      chunks: { write: (...args: unknown[]) => Promise<void> };
    };
    const write = writes.chunks.write.bind(writes.chunks);
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let reached = () => {};
    const isAsleep = new Promise<void>((resolve) => {
      reached = resolve;
    });
    writes.chunks.write = async (...args) => {
      reached();
      await asleep;
      await write(...args);
    };
    const late = frozen.commit(flushOf({ offset: 7, rows: [[rowKey(), bytes('seven')]] }));
    late.catch(() => {});
    await isAsleep;
    const owner = await second.claim(TARGET);
    await owner.prepare('site', DAY);
    expect(owner.unfinishedFlush).toBe(7);
    await owner.commit(flushOf({ offset: 7, rows: [[rowKey(), bytes('seven')]] }));
    await owner.commit(flushOf({ offset: 9, rows: [[rowKey(), bytes('nine')]] }));
    wake();
    await expect(late).rejects.toMatchObject({ code: 'fenced' });
    expect(await rowsOf(second)).toEqual(['nine']);
    expect((await second.checkpoints('g1')).get(0)?.offset).toBe(9);
    await first.close();
    await second.close();
  });

  it('stamps no bucket twice alike while a flush is on its way that changes it', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const query = { ...rowKey(), generation: 'g1', from: 20_000, to: 20_002 };
    const stamps = async () => {
      const [before, after] = [await second.stamps(query), await second.stamps(query)];
      return [20_000, 20_001, 20_002].map((bucket) => {
        const stamp = after?.get(bucket);
        return stamp === before?.get(bucket) ? stamp : 'other each time';
      });
    };
    const put = (offset: number, buckets: readonly number[]) =>
      flushOf({ offset, rows: buckets.map((n) => [rowKey({ bucket: n }), bytes('1')] as const) });
    const writer = await first.claim(TARGET);
    await writer.prepare('site', DAY);
    await writer.commit(put(5, [20_000, 20_001]));
    const [still, changing] = await stamps();
    const writes = writer as unknown as { chunks: { write: () => Promise<never> } };
    writes.chunks.write = async () => {
      throw new Error('killed');
    };
    await expect(writer.commit(put(8, [20_001, 20_002]))).rejects.toThrow('killed');
    expect(await stamps()).toEqual([still, 'other each time', 'other each time']);
    const owner = await second.claim(TARGET);
    await owner.prepare('site', DAY);
    expect(await stamps()).toEqual([still, 'other each time', 'other each time']);
    await owner.commit(put(8, [20_001, 20_002]));
    const ended = await stamps();
    expect(ended).not.toContain('other each time');
    expect(ended).not.toContain(changing);
    expect(ended).not.toContain(undefined);
    await first.close();
    await second.close();
  });

  it('chunks that a dead owner wrote before its checkpoint stay as they are', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const dying = await first.claim(TARGET);
    await dying.prepare('site', DAY);
    await dying.commit(
      flushOf({
        offset: 5,
        rows: DAYS.map((bucket) => [rowKey({ bucket }), bytes('five')] as const),
        state: [['s', bytes('five')]],
      }),
    );
    const inner = dying as unknown as { snapshots: { withFlush: () => Promise<never> } };
    inner.snapshots.withFlush = async () => {
      throw new Error('killed');
    };
    const half = flushOf({ offset: 8, rows: [[rowKey(), bytes('eight')]] });
    await expect(dying.commit(half)).rejects.toThrow('killed');
    const owner = await second.claim(TARGET);
    await owner.prepare('site', DAY);
    expect(owner.checkpoint.offset).toBe(5);
    expect(owner.unfinishedFlush).toBe(8);
    // The same events again: what the first chunk makes of them is ignored, the second takes them.
    await owner.commit(
      flushOf({
        offset: 8,
        rows: DAYS.map((bucket) => [rowKey({ bucket }), bytes('again')] as const),
      }),
    );
    expect(owner.unfinishedFlush).toBeNull();
    const inDays = DAYS.map((bucket) => text(owner.row(rowKey({ bucket }), '/a')));
    expect(inDays).toEqual(['eight', 'again']);
    await first.close();
    await second.close();
  });

  it('starts on another machine from the snapshot, and says what it has to fold again', async () => {
    fresh();
    const eager = await openStore(EAGER);
    const writer = await eager.claim(TARGET);
    await writer.commit(flushOf({ offset: 3, state: ['a', 'b'].map((key) => [key, bytes('3')]) }));
    const change = [['a', null] as const, ['c', bytes('5')] as const];
    await writer.commit(flushOf({ offset: 5, state: change }));
    await eager.close();
    const lazy = await reopenStore();
    await (await lazy.claim(TARGET)).commit(flushOf({ offset: 9, state: [['b', bytes('9')]] }));
    await lazy.close();
    const other = await openStore();
    const owner = await other.claim(TARGET);
    expect(owner.checkpoint.offset).toBe(9);
    expect(owner.statePosition).toMatchObject({ offset: 5, receivedAt: 50 });
    expect([...owner.stateRange('')].map(([key, value]) => [key, text(value)])).toEqual([
      ['b', '3'],
      ['c', '5'],
    ]);
    await owner.commitState([['b', bytes('9')]], { offset: 9, receivedAt: 90 });
    expect(owner.statePosition.offset).toBe(9);
    await other.close();
  });

  it('puts into the snapshot what changed before a restart too', async () => {
    fresh();
    const states = [
      [openStore, EAGER, 3],
      [reopenStore, {}, 5],
      [reopenStore, EAGER, 9],
    ] as const;
    for (const [open, change, offset] of states) {
      const store = await open(change);
      const writer = await store.claim(TARGET);
      await writer.commit(flushOf({ offset, state: [[`s${offset}`, bytes('1')]] }));
      await store.close();
    }
    const other = await openStore();
    const owner = await other.claim(TARGET);
    expect(owner.statePosition.offset).toBe(9);
    expect([...owner.stateRange('')].map(([key]) => key)).toEqual(['s3', 's5', 's9']);
    await other.close();
  });

  it('has nothing to finish when the flush that was begun held nothing new', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const dying = await first.claim(TARGET);
    await dying.commit(flushOf({ offset: 5 }));
    const inner = dying as unknown as { chunks: { write: () => Promise<never> } };
    inner.chunks.write = async () => {
      throw new Error('killed');
    };
    await expect(dying.commit(flushOf({ offset: 5 }))).rejects.toThrow('killed');
    expect((await second.claim(TARGET)).unfinishedFlush).toBeNull();
    await first.close();
    await second.close();
  });

  it('leaves no minute of a deleted site behind that an earlier owner wrote', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const minute = rowKey({ kind: 'minute', bucket: 100 });
    const before = await first.claim(TARGET);
    await before.prepare('site', DAY);
    await before.commit(flushOf({ offset: 5, rows: [[minute, bytes('five')]] }));
    const owner = await second.claim(TARGET);
    await owner.commit(flushOf({ offset: 6, deletedSites: ['site'] }));
    const found: number[] = [];
    const query = { ...minute, generation: 'g1', from: 0, to: 200 };
    await second.scan(query, (bucket) => found.push(bucket));
    expect(found).toEqual([]);
    await first.close();
    await second.close();
  });

  it('has a table for every report, whoever comes first', async () => {
    fresh();
    const { reports: _fewer, ...all } = options();
    const registry = await CassandraRegistry.open(all);
    const store = await CassandraReportStore.open({ ...all, directory: null });
    const query = { ...rowKey(), report: 'cities', generation: 'g1', from: 0, to: 30_000 };
    await store.scan(query, () => {});
    const second = await openStore();
    const writer = await second.claim(TARGET);
    await writer.prepare('site', DAY);
    await writer.commit(flushOf({ rows: [[rowKey({ report: 'cities' }), bytes('1')]] }));
    await second.close();
    await store.close();
    await registry.close();
  });
});
