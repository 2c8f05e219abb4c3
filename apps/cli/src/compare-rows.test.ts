import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodeRow, newRow, REPORTS, type Report } from '#domain';
import { MemoryEventLog } from '#eventlog';
import { encodeEnvelope, type SiteId } from '#events';
import { MemoryReportStore, type PartitionWriter } from '#readmodel';
import { foldAfresh } from '../../projector/src/verify.js';
import { siteDeletedEvent } from '../../query/src/graphql/site-deleted.js';
import { countRows, RowComparison } from './compare-rows.js';

const PAGES = REPORTS.find(({ name }) => name === 'pages') as Report;
const WHERE = { siteId: 'shop', report: 'pages', kind: 'day', trafficClass: 'human' } as const;
const HELD_MAX = 250;

/** A store that rows of days are written to, partition by partition. */
class Shelf {
  readonly store = new MemoryReportStore();
  private readonly writers = new Map<number, PartitionWriter>();

  async put(day: number, values: Readonly<Record<string, number>>, partition = 0): Promise<void> {
    const target = { generation: 'g', partition, logId: 'log' };
    const writer = this.writers.get(partition) ?? (await this.store.claim(target));
    this.writers.set(partition, writer);
    const rows = Object.entries(values).map(([value, visitor]) => {
      const row = newRow(PAGES.precision, false);
      row.visitors.add(visitor);
      return [value, encodeRow(row)] as const;
    });
    await writer.commit({
      rows: [{ bucket: { ...WHERE, bucket: day }, rows }],
      state: [],
      activity: [],
      deletedSites: [],
      minutesBefore: 0,
      checkpoint: { offset: writer.checkpoint.offset + 1, receivedAt: 1 },
    });
  }

  get side() {
    return { store: this.store, generation: 'g' };
  }
}

/** Values by name, `count` of them. */
const many = (count: number, visitor = 1): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`/${index}`, visitor]));

describe('comparing rows', () => {
  let expected: Shelf;
  let stored: Shelf;
  beforeEach(() => {
    expected = new Shelf();
    stored = new Shelf();
  });

  const compare = async () => {
    const comparison = new RowComparison(expected.side, stored.side, HELD_MAX);
    await comparison.compareSite('shop');
    return comparison.result;
  };

  it('holds no more rows than it may, however many there are, or those of one bucket', async () => {
    for (let day = 0; day < 40; day += 1) {
      for (const shelf of [expected, stored]) await shelf.put(day, many(day === 20 ? 600 : 100));
    }
    const result = await compare();
    expect(result).toMatchObject({ rows: 4500, differences: 0, told: [], mostHeld: 600 });
    expect(await countRows(expected.side, ['shop'])).toBe(4500);
    // Without the one large bucket.
    for (const shelf of [expected, stored]) Object.assign(shelf, new Shelf());
    for (let day = 0; day < 40; day += 1) {
      for (const shelf of [expected, stored]) await shelf.put(day, many(100));
    }
    expect((await compare()).mostHeld).toBeLessThanOrEqual(HELD_MAX);
  });

  it('tells what differs, what is missing and what is too much, wherever it lies', async () => {
    for (let day = 0; day < 10; day += 1) {
      for (const shelf of [expected, stored]) await shelf.put(day, many(100));
    }
    await stored.put(3, { '/7': 2 });
    await expected.put(5, { '/only-here': 1 });
    await stored.put(-900, { '/before': 1 });
    await stored.put(4, { '/extra': 1 });
    await stored.put(90_000, { '/after': 1 });
    const { rows, differences, told } = await compare();
    expect({ rows, differences }).toEqual({ rows: 1004, differences: 5 });
    expect([...told].sort()).toEqual([
      'shop pages day human -900 /before is too much',
      'shop pages day human 3 /7 differs',
      'shop pages day human 4 /extra is too much',
      'shop pages day human 5 /only-here is missing',
      'shop pages day human 90000 /after is too much',
    ]);
  });

  it('takes the rows of several partitions of one value apart', async () => {
    for (const shelf of [expected, stored]) {
      await shelf.put(1, { '/a': 1 }, 0);
      await shelf.put(1, { '/a': 2 }, 1);
    }
    expect(await compare()).toMatchObject({ rows: 1, differences: 0 });
    await stored.put(1, { '/a': 3 }, 1);
    expect((await compare()).told).toEqual(['shop pages day human 1 /a differs']);
    await stored.put(1, { '/a': 1 }, 2);
    expect((await compare()).told).toEqual([
      'shop pages day human 1 /a differs',
      'shop pages day human 1 /a is too much',
    ]);
  });

  it('tells only the first of many differences and counts all', async () => {
    await stored.put(1, many(300));
    const { differences, told } = await compare();
    expect(differences).toBe(300);
    expect(told.length).toBe(10);
  });
});

it('a fold afresh passes over what cannot be read', async () => {
  const log = new MemoryEventLog(1);
  const good = encodeEnvelope(siteDeletedEvent('nobody' as SiteId, 'id', 1));
  const siteId = 'shop' as SiteId;
  for (const bytes of [good, new Uint8Array([99, 1, 1]), good]) {
    await log.append([{ partition: 0, siteId, bytes }]);
  }
  const store = new MemoryReportStore();
  const target = { generation: 'g', partition: 0, logId: log.id };
  await foldAfresh(log, { store, target, to: 3, definitionsOf: () => undefined }, () => {});
  expect((await store.checkpoints('g')).get(0)?.offset).toBe(3);
});
