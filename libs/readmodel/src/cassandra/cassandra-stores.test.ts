import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { dropKeyspace, servers } from '../../../../test/cluster/servers.testing.js';
import { describeRegistry } from '../registry.contract.js';
import { describeReportStore, flushOf, rowKey } from '../report-store.contract.js';
import { CassandraRegistry } from './cassandra-registry.js';
import { CassandraReportStore } from './cassandra-report-store.js';

const base = mkdtempSync(join(tmpdir(), 'hindsight-cassandra-'));
const keyspaces: string[] = [];
afterAll(() => rmSync(base, { recursive: true, force: true }));
afterEach(async () => {
  for (const each of keyspaces.splice(0)) await dropKeyspace(each);
});

let keyspace = '';
let directories = 0;
const options = () => {
  const { contactPoints, dataCenter } = servers();
  const reports = ['pages', 'pagesx'];
  return { contactPoints, dataCenter, keyspace, replication: 1, consistency: 'QUORUM', reports };
};
const fresh = () => {
  keyspace = `test_${randomUUID().replaceAll('-', '')}`;
  keyspaces.push(keyspace);
};
/** The same machine again. */
const reopenStore = () =>
  CassandraReportStore.open({ ...options(), directory: join(base, String(directories)) });
/** A machine of its own: with a directory of its own. */
const openStore = () => {
  directories += 1;
  return reopenStore();
};
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

describeReportStore(
  'CassandraReportStore',
  () => {
    fresh();
    return openStore();
  },
  { reopen: reopenStore },
);

describeRegistry(
  'CassandraRegistry',
  () => {
    fresh();
    return CassandraRegistry.open(options());
  },
  { another: () => CassandraRegistry.open(options()) },
);

describe('two projectors that both believe they own a partition', () => {
  const TARGET = { generation: 'g1', partition: 0, logId: 'log' };
  const DAY = 20_000 * 86_400_000;

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
    const seen: (string | undefined)[] = [];
    await second.scan({ ...rowKey(), generation: 'g1', from: 0, to: 30_000 }, (_b, _v, row) =>
      seen.push(text(row)),
    );
    expect(seen).toEqual(['nine']);
    await first.close();
    await second.close();
  });

  it('a writer that wakes in the middle of a flush changes nothing that is newer', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const frozen = await first.claim(TARGET);
    await frozen.prepare('site', DAY);
    // It announces its flush, and stands still before its first row.
    const rows = frozen as unknown as { rows: { write: (...args: unknown[]) => Promise<void> } };
    const write = rows.rows.write.bind(rows.rows);
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let reached = () => {};
    const isAsleep = new Promise<void>((resolve) => {
      reached = resolve;
    });
    rows.rows.write = async (...args) => {
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
    const seen: (string | undefined)[] = [];
    await second.scan({ ...rowKey(), generation: 'g1', from: 0, to: 30_000 }, (_b, _v, row) =>
      seen.push(text(row)),
    );
    expect(seen).toEqual(['nine']);
    expect((await second.checkpoints('g1')).get(0)?.offset).toBe(9);
    await first.close();
    await second.close();
  });

  it('rows that a dead owner wrote before its checkpoint stay as they are', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const dying = await first.claim(TARGET);
    await dying.prepare('site', DAY);
    await dying.commit(
      flushOf({
        offset: 5,
        rows: ['/a', '/b'].map((value) => [rowKey({ value }), bytes('five')] as const),
        state: [['s', bytes('five')]],
      }),
    );
    const inner = dying as unknown as { snapshots: { withFlush: () => Promise<never> } };
    inner.snapshots.withFlush = async () => {
      throw new Error('killed');
    };
    const half = flushOf({ offset: 8, rows: [[rowKey({ value: '/a' }), bytes('eight')]] });
    await expect(dying.commit(half)).rejects.toThrow('killed');
    const owner = await second.claim(TARGET);
    await owner.prepare('site', DAY);
    expect(owner.checkpoint.offset).toBe(5);
    expect(owner.unfinishedFlush).toBe(8);
    // The same events again: what the first row makes of them is ignored, the second takes them.
    await owner.commit(
      flushOf({
        offset: 8,
        rows: ['/a', '/b'].map((value) => [rowKey({ value }), bytes('again')] as const),
      }),
    );
    expect(owner.unfinishedFlush).toBeNull();
    expect(text(owner.row(rowKey(), '/a'))).toBe('eight');
    expect(text(owner.row(rowKey(), '/b'))).toBe('again');
    await first.close();
    await second.close();
  });

  it('starts on another machine from the snapshot, and says what it has to fold again', async () => {
    fresh();
    const [first, second] = [await openStore(), await openStore()];
    const writer = await first.claim(TARGET);
    const keeper = writer as unknown as { snapshots: { writtenAt: number } };
    keeper.snapshots.writtenAt = Number.NEGATIVE_INFINITY;
    await writer.commit(flushOf({ offset: 3, state: ['a', 'b'].map((key) => [key, bytes('3')]) }));
    keeper.snapshots.writtenAt = Number.NEGATIVE_INFINITY;
    await writer.commit(
      flushOf({
        offset: 5,
        state: [
          ['a', null],
          ['c', bytes('5')],
        ],
      }),
    );
    await writer.commit(flushOf({ offset: 9, state: [['b', bytes('9')]] }));
    const owner = await second.claim(TARGET);
    expect(owner.checkpoint.offset).toBe(9);
    expect(owner.statePosition).toMatchObject({ offset: 5, receivedAt: 50 });
    expect([...owner.stateRange('')].map(([key, value]) => [key, text(value)])).toEqual([
      ['b', '3'],
      ['c', '5'],
    ]);
    await owner.commitState([['b', bytes('9')]], { offset: 9, receivedAt: 90 });
    expect(owner.statePosition.offset).toBe(9);
    await first.close();
    await second.close();
  });
});
