import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCalendar, encodeRow, newRow, REPORTS, type Report, RowSum } from '#domain';
import {
  EmbeddedReportStore,
  MemoryReportStore,
  type PartitionWriter,
  type ReportStore,
  type RowQuery,
} from '#readmodel';
import { PackedBuckets } from './packed-buckets.js';
import { planReport, type ReportPlan } from './report-plan.js';
import { readRows } from './report-reader.js';

const base = mkdtempSync(join(tmpdir(), 'hindsight-packed-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;
const STORES: readonly (readonly [string, () => ReportStore])[] = [
  ['memory', () => new MemoryReportStore()],
  [
    'embedded',
    () => {
      count += 1;
      return EmbeddedReportStore.open({ directory: join(base, String(count)) });
    },
  ],
];
const PAGES = REPORTS.find(({ name }) => name === 'pages') as Report;
const MONTH = { siteId: 'site', report: 'pages', kind: 'month', trafficClass: 'human' } as const;
const calendar = createCalendar('UTC');
/** 1 January 2026 and days after it. */
const FIRST_DAY = 20_454;

/** A store with a writer for each of two partitions, asked by one reader that keeps what it read. */
class Desk {
  readonly packed: PackedBuckets;
  readonly scans: RowQuery[] = [];
  private readonly writers = new Map<number, PartitionWriter>();
  private offset = 0;

  constructor(private readonly store: ReportStore) {
    const scanBytes = store.scanBytes.bind(store);
    store.scanBytes = (query, visit) => {
      this.scans.push(query);
      return scanBytes(query, visit);
    };
    this.packed = new PackedBuckets(store);
  }

  /** Writes one row of a day and of its month, in one flush. */
  async put(partition: number, day: number, value: string, visitors: readonly number[]) {
    const writer =
      this.writers.get(partition) ??
      (await this.store.claim({ generation: 'g1', partition, logId: 'log' }));
    this.writers.set(partition, writer);
    this.offset += 1;
    const row = newRow(PAGES.precision, false);
    for (const visitor of visitors) row.visitors.add(visitor);
    row.counters[0] = this.offset;
    const rows = [[value, encodeRow(row)]] as const;
    const month = { ...MONTH, bucket: calendar.monthBucket(day) };
    await writer.commit({
      rows: [
        { bucket: { ...MONTH, kind: 'day', bucket: day }, rows },
        { bucket: month, rows },
      ],
      state: [],
      activity: [],
      deletedSites: [],
      minutesBefore: 0,
      checkpoint: { offset: this.offset, receivedAt: 1 },
    });
  }

  /** What the reader says, and what the stored rows say. */
  async compare(plan: ReportPlan): Promise<void> {
    const context = {
      packed: this.packed,
      generation: 'g1',
      siteId: 'site',
      mark: String(this.offset),
      tables: new Map(),
    };
    const found = await readRows(plan, context, true);
    const sums = new Map<string, RowSum>();
    for (const read of plan.reads) {
      const query = { ...MONTH, generation: 'g1', ...read };
      await this.store.scan(query, (bucket, value, bytes) => {
        const name = `${plan.series?.indexOf(read.kind, bucket) ?? 0} ${value}`;
        const sum = sums.get(name) ?? new RowSum(PAGES.precision, true);
        sum.add(bytes);
        sums.set(name, sum);
      });
    }
    const expected = [...sums].map(([name, sum]) => [name, sum.counters, sum.visitors()] as const);
    const said = found.map((row) => [`${row.at} ${row.value}`, row.counters, row.visitors()]);
    expect(new Map(said.map(([name, ...rest]) => [name, rest]))).toEqual(
      new Map(expected.map(([name, ...rest]) => [name, rest])),
    );
    expect(said.length).toBe(expected.length);
  }

  /** Has another one read a plan, and takes over what it packed; `late` is called in between. */
  async adopt(plan: ReportPlan, late: () => Promise<void>): Promise<void> {
    const packed = new PackedBuckets(this.store);
    const mark = String(this.offset);
    const context = { packed, generation: 'g1', siteId: 'site', mark, tables: new Map() };
    for (const row of await readRows(plan, context, true)) row.visitors();
    // As it goes from thread to thread.
    const contents = structuredClone(packed.take());
    await late();
    this.packed.adopt(contents);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

/** A row that is written. */
interface Put {
  readonly partition: number;
  readonly day: number;
  readonly value: string;
  readonly visitors: readonly number[];
}

const plan = (from: number, to: number, dimensions: readonly string[] = ['PAGE']) =>
  planReport(dimensions, { from: FIRST_DAY + from, to: FIRST_DAY + to }, 'EXCLUDE', calendar);

describe.each(STORES)('packed buckets of the %s store', (_name, open) => {
  it('say what is stored, whatever was asked and written before', async () => {
    const put = fc.record({
      partition: fc.nat(1),
      day: fc.nat(99),
      value: fc.constantFrom('/a', '/b', '/ü', '(other)', ''),
      visitors: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 }),
    });
    const question = fc.record({
      from: fc.nat(60),
      days: fc.nat(60),
      by: fc.constantFrom(['PAGE'], ['PAGE', 'WEEK'], ['MONTH', 'PAGE'], ['PAGE', 'DAY']),
    });
    const adoption = fc.record({ from: fc.nat(60), days: fc.nat(60), late: fc.option(put) });
    const step = fc.oneof(put, question, adoption);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const desk = new Desk(open());
        const write = ({ partition, day, value, visitors }: Put) =>
          desk.put(partition, FIRST_DAY + day, value, visitors);
        for (const step of steps) {
          if ('value' in step) await write(step);
          else if ('late' in step) {
            const { from, days, late } = step;
            await desk.adopt(plan(from, from + days), async () => {
              if (late !== null) await write(late);
            });
          } else await desk.compare(plan(step.from, step.from + step.days, step.by));
        }
        await desk.compare(plan(0, 99));
        await desk.close();
      }),
      { numRuns: 80 },
    );
  });
});

describe('packed buckets', () => {
  it('are read anew when they have changed, and only then', async () => {
    const store = EmbeddedReportStore.open({ directory: join(base, 'again') });
    const desk = new Desk(store);
    for (let day = 0; day < 60; day += 1) {
      await desk.put(0, FIRST_DAY + day, `/${day % 7}`, [day + 1, day + 2]);
    }
    const year = plan(0, 70);
    await desk.compare(year);
    expect(desk.scans.map(({ kind }) => kind)).toEqual(['month', 'day']);
    desk.scans.length = 0;
    await desk.compare(year);
    await desk.compare(plan(5, 70));
    // The head of January is new; its months and the days of March are known.
    expect(desk.scans.map(({ kind, from }) => [kind, from - FIRST_DAY])).toEqual([['day', 5]]);
    desk.scans.length = 0;
    await desk.put(0, FIRST_DAY + 65, '/new', [1]);
    await desk.compare(year);
    expect(desk.scans).toMatchObject([{ kind: 'day', from: FIRST_DAY + 65, to: FIRST_DAY + 65 }]);
    await desk.close();
  });

  it('are read once for questions that ask for them at the same time', async () => {
    const store = EmbeddedReportStore.open({ directory: join(base, 'once') });
    const desk = new Desk(store);
    await desk.put(0, FIRST_DAY, '/a', [1]);
    await Promise.all([desk.compare(plan(0, 9)), desk.compare(plan(0, 9))]);
    expect(desk.scans.length).toBe(1);
    await desk.close();
  });

  it('take over no union of what has changed meanwhile', async () => {
    const store = EmbeddedReportStore.open({ directory: join(base, 'late') });
    const desk = new Desk(store);
    // A stretch of days that is kept together.
    const first = 8 - (FIRST_DAY % 8);
    for (let day = first; day < first + 8; day += 1)
      await desk.put(0, FIRST_DAY + day, '/a', [day]);
    const stretch = plan(first, first + 7);
    await desk.adopt(stretch, async () => {
      await desk.put(0, FIRST_DAY + first + 3, '/a', [100, 101, 102]);
      await desk.compare(plan(first + 3, first + 3));
    });
    await desk.compare(stretch);
    await desk.close();
  });
});
