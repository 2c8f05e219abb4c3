import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BucketKey } from './bucket-key.js';
import type { Flush, PartitionWriter, ReportStore, RowQuery } from './report-store.js';

/** What an adapter can do beyond the port. */
export interface ReportStoreCapabilities {
  /** Opens the same store again after `close`; `null` for a store that lives in memory. */
  readonly reopen: (() => Promise<ReportStore>) | null;
}

const TARGET = { generation: 'g1', partition: 0, logId: 'log' };

type RowKey = BucketKey & { readonly value: string };
type RowEntry = readonly [key: RowKey, bytes: Uint8Array];

export function rowKey(change: Partial<RowKey> = {}): RowKey {
  return {
    siteId: 'site',
    report: 'pages',
    kind: 'day',
    trafficClass: 'human',
    bucket: 20_000,
    value: '/a',
    ...change,
  };
}

const DAY_MS = 86_400_000;

/** Has everything ready that the cases below read: a store may have to fetch rows first. */
async function prepared(writer: PartitionWriter): Promise<PartitionWriter> {
  for (const day of [1, 20_000]) await writer.prepare('site', day * DAY_MS);
  return writer;
}

/** A flush with such rows, those of one bucket together. */
export function flushOf(
  change: Partial<Omit<Flush, 'rows'>> & { offset?: number; rows?: readonly RowEntry[] },
): Flush {
  const { offset = 1, rows = [], ...rest } = change;
  const buckets = new Map<string, { bucket: BucketKey; rows: [string, Uint8Array][] }>();
  for (const [{ value, ...bucket }, bytes] of rows) {
    const name = JSON.stringify(bucket);
    const group = buckets.get(name) ?? { bucket, rows: [] };
    buckets.set(name, group);
    group.rows.push([value, bytes]);
  }
  return {
    rows: [...buckets.values()],
    state: [],
    activity: [],
    deletedSites: [],
    minutesBefore: 0,
    checkpoint: { offset, receivedAt: offset * 10 },
    ...rest,
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

/** The promises of `ReportStore`, for any adapter. */
export function describeReportStore(
  name: string,
  open: () => Promise<ReportStore>,
  { reopen }: ReportStoreCapabilities,
): void {
  describe(`${name} keeps the promises of a report store`, () => {
    let store: ReportStore;
    let writer: PartitionWriter;
    beforeEach(async () => {
      store = await open();
      writer = await prepared(await store.claim(TARGET));
    });
    afterEach(() => store.close());

    const scan = async (change: Partial<RowQuery> = {}) => {
      const rows: [number, string, string][] = [];
      const query = { ...rowKey(), generation: 'g1', from: 0, to: 30_000, ...change };
      await store.scan(query, (bucket, value, row) => rows.push([bucket, value, text(row) ?? '']));
      return rows;
    };

    it('starts at offset 0 with a fresh epoch for every claim', async () => {
      expect(writer.checkpoint).toMatchObject({ offset: 0, receivedAt: 0 });
      const next = await store.claim(TARGET);
      expect(next.checkpoint.epoch).toBeGreaterThan(writer.checkpoint.epoch);
    });

    it('commits rows, state, activity and checkpoint together', async () => {
      await writer.commit(
        flushOf({
          offset: 7,
          rows: [[rowKey(), bytes('one')]],
          state: [['s/1', bytes('state')]],
          activity: [['site', { firstEventAt: 5, lastEventAt: 9 }]],
        }),
      );
      expect(text(writer.row(rowKey(), '/a'))).toBe('one');
      expect(text(writer.state('s/1'))).toBe('state');
      expect(writer.checkpoint).toMatchObject({ offset: 7, receivedAt: 70 });
      expect((await store.checkpoints('g1')).get(0)).toMatchObject({ offset: 7 });
      expect(await store.activity('g1', 'site')).toEqual({ firstEventAt: 5, lastEventAt: 9 });
      expect(await scan()).toEqual([[20_000, '/a', 'one']]);
    });

    it('fences off a writer that was superseded', async () => {
      const next = await prepared(await store.claim(TARGET));
      const late = writer.commit(flushOf({ rows: [[rowKey(), bytes('zombie')]] }));
      await expect(late).rejects.toMatchObject({ code: 'fenced' });
      expect(next.row(rowKey(), '/a')).toBeUndefined();
      await next.commit(flushOf({ rows: [[rowKey(), bytes('owner')]] }));
      expect(await scan()).toEqual([[20_000, '/a', 'owner']]);
    });

    it('refuses the checkpoint of another log', async () => {
      await writer.commit(flushOf({}));
      const other = store.claim({ ...TARGET, logId: 'other' });
      await expect(other).rejects.toMatchObject({ code: 'other_log' });
    });

    it('scans buckets in order, before 1970 too, and nothing beside them', async () => {
      const buckets = [20_001, -3, 20_000, 5];
      await writer.commit(
        flushOf({
          rows: [
            ...buckets.map((bucket) => [rowKey({ bucket }), bytes(String(bucket))] as const),
            [rowKey({ siteId: 'site2' }), bytes('other site')],
            [rowKey({ report: 'pagesx' }), bytes('other report')],
            [rowKey({ trafficClass: 'bot' }), bytes('bot')],
            [rowKey({ kind: 'month' }), bytes('month')],
          ],
        }),
      );
      expect((await scan({ from: -10 })).map(([bucket]) => bucket)).toEqual([
        -3, 5, 20_000, 20_001,
      ]);
      expect(await scan({ from: 20_001, to: 20_001 })).toEqual([[20_001, '/a', '20001']]);
      expect(await scan({ generation: 'g2' })).toEqual([]);
    });

    it('keeps values apart that differ late, hold separators or are very long', async () => {
      const long = '/x'.repeat(1500);
      const values = ['', '/a\u0000b', '/a', '/a\u0000', `${long}1`, `${long}2`, 'ü😀', '(other)'];
      const rows = values.map(
        (value, index) => [rowKey({ value }), bytes(`row ${index}`)] as const,
      );
      await writer.commit(flushOf({ rows }));
      const found = new Map((await scan()).map(([, value, row]) => [value, row]));
      expect(found).toEqual(new Map(values.map((value, index) => [value, `row ${index}`])));
      for (const [index, value] of values.entries()) {
        expect(text(writer.row(rowKey(), value))).toBe(`row ${index}`);
      }
    });

    it('shows the same rows where they lie', async () => {
      const values = ['', '/a', `${'/x'.repeat(1500)}1`, 'ü😀', '(other)'];
      const rows = values.map(
        (value, index) =>
          [rowKey({ value, bucket: 20_000 + (index % 2) }), bytes(`row ${index}`)] as const,
      );
      await writer.commit(flushOf({ rows }));
      const found: [number, string, string][] = [];
      const query = { ...rowKey(), generation: 'g1', from: 0, to: 30_000 };
      await store.scanBytes(query, (bucket, all, place) => {
        const value = text(all.slice(place.valueStart, place.valueEnd)) as string;
        found.push([bucket, value, text(all.slice(place.rowStart, place.rowEnd)) as string]);
      });
      const inOrder = (list: [number, string, string][]) => list.map(String).sort();
      expect(inOrder(found)).toEqual(inOrder(await scan()));
      expect(found.map(([bucket]) => bucket)).toEqual([20_000, 20_000, 20_000, 20_001, 20_001]);
    });

    it('stamps a bucket anew with every change of its rows, and no other bucket', async () => {
      const query = { ...rowKey(), generation: 'g1', from: 0, to: 30_000 };
      const stamps = () => store.stamps(query);
      if ((await stamps()) === null) return;
      const put = (offset: number, change: Partial<RowKey>) =>
        writer.commit(flushOf({ offset, rows: [[rowKey(change), bytes(String(offset))]] }));
      await put(1, {});
      await put(2, { bucket: 20_001 });
      const before = await stamps();
      for (const bucket of [20_000, 20_001]) expect(before?.get(bucket)).toBeDefined();
      await put(3, { value: '/b' });
      await put(4, { report: 'pagesx' });
      await put(5, { trafficClass: 'bot' });
      const after = await stamps();
      expect(after?.get(20_000)).not.toBe(before?.get(20_000));
      expect(after?.get(20_001)).toBe(before?.get(20_001));
      const other = await store.claim({ ...TARGET, partition: 1 });
      await other.commit(flushOf({ rows: [[rowKey({ bucket: 20_001 }), bytes('1')]] }));
      expect((await stamps())?.get(20_001)).not.toBe(before?.get(20_001));
      await writer.commit(flushOf({ offset: 6, deletedSites: ['site'] }));
      expect((await stamps())?.get(20_000)).not.toBe(after?.get(20_000));
    });

    it('counts the distinct values of a day', async () => {
      const rows = ['/a', '/b', '(other)'].map((value) => [rowKey({ value }), bytes('1')] as const);
      await writer.commit(flushOf({ rows }));
      await writer.commit(flushOf({ offset: 2, rows: rows.slice(0, 1) }));
      expect(writer.valueCount(rowKey())).toBe(2);
      expect([...writer.values(rowKey())].sort()).toEqual(['(other)', '/a', '/b']);
      expect([...writer.values(rowKey({ bucket: 1 }))]).toEqual([]);
      expect(writer.valueCount(rowKey({ bucket: 1 }))).toBe(0);
    });

    it('lists and removes state by prefix', async () => {
      const state = ['a/1', 'a/2', 'b/1'].map((key) => [key, bytes(key)] as const);
      await writer.commit(flushOf({ state }));
      await writer.commit(flushOf({ offset: 2, state: [['a/1', null]] }));
      expect([...writer.stateRange('a/')].map(([key]) => key)).toEqual(['a/2']);
      expect(writer.state('a/1')).toBeUndefined();
    });

    it('keeps partitions and sites apart when a site is deleted', async () => {
      const other = await store.claim({ ...TARGET, partition: 1 });
      await other.commit(flushOf({ rows: [[rowKey({ siteId: 'stays' }), bytes('1')]] }));
      await writer.commit(
        flushOf({
          rows: [
            [rowKey(), bytes('1')],
            [rowKey({ siteId: 'site-2' }), bytes('2')],
          ],
          activity: [['site', { firstEventAt: 5, lastEventAt: 9 }]],
        }),
      );
      await writer.commit(flushOf({ offset: 2, deletedSites: ['site'] }));
      expect(await scan()).toEqual([]);
      expect(writer.valueCount(rowKey())).toBe(0);
      expect(await store.activity('g1', 'site')).toBeNull();
      expect((await scan({ siteId: 'site-2' })).length).toBe(1);
      expect((await scan({ siteId: 'stays' })).length).toBe(1);
    });

    it('forgets minutes that are over', async () => {
      const rows = [100, 101, 102].map(
        (bucket) => [rowKey({ kind: 'minute', bucket }), bytes('1')] as const,
      );
      await writer.commit(flushOf({ rows }));
      await writer.commit(flushOf({ offset: 2, minutesBefore: 102 }));
      expect((await scan({ kind: 'minute' })).map(([bucket]) => bucket)).toEqual([102]);
    });

    it('drops a whole generation and no other', async () => {
      const other = await store.claim({ ...TARGET, generation: 'g10' });
      await other.commit(flushOf({ rows: [[rowKey(), bytes('g10')]] }));
      await writer.commit(flushOf({ rows: [[rowKey(), bytes('g1')]] }));
      await store.dropGeneration('g1');
      expect(await scan()).toEqual([]);
      expect(await scan({ generation: 'g10' })).toEqual([[20_000, '/a', 'g10']]);
      expect((await store.checkpoints('g1')).size).toBe(0);
    });

    it('refuses work when it is closed', async () => {
      await store.close();
      await expect(store.checkpoints('g1')).rejects.toMatchObject({ code: 'closed' });
    });

    if (reopen !== null) {
      it('has everything after it was closed and opened', async () => {
        const rows = [[rowKey(), bytes('1')]] as const;
        await writer.commit(flushOf({ offset: 3, rows, state: [['k', bytes('v')]] }));
        await store.close();
        store = await reopen();
        writer = await store.claim(TARGET);
        expect(writer.checkpoint.offset).toBe(3);
        expect(text(writer.state('k'))).toBe('v');
        expect(await scan()).toEqual([[20_000, '/a', '1']]);
      });
    }
  });
}
