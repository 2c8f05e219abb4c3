import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { createCalendar, encodeRow, newRow, REPORTS, type Report } from '#domain';
import { MemoryEventLog } from '#eventlog';
import { EmbeddedReportStore, MemoryRegistry, type ReportStore } from '#readmodel';
import { PackedBuckets } from './packed-buckets.js';
import { Reports } from './reports.js';
import { busiestSites, packFirst, warmUp } from './warm-up.js';

const base = mkdtempSync(join(tmpdir(), 'hindsight-warm-up-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const NOW = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 86_400_000;
const calendar = createCalendar('UTC');
const ASKED = new Set(['visitors', 'views']);
const SELECTION = {
  totals: ASKED,
  previous: ASKED,
  rows: ASKED,
  rowsPrevious: ASKED,
  needsRows: true,
};

/** Writes a row of totals and of one page for every third day of 400, and for their months. */
async function fill(store: ReportStore, siteId: string, lastEventAt: number): Promise<void> {
  const writer = await store.claim({ generation: 'g1', partition: 0, logId: 'log' });
  const rows = [];
  for (const [name, value] of [
    ['totals', ''],
    ['pages', '/a'],
    ['pages', '/b'],
  ] as const) {
    const report = REPORTS.find((each) => each.name === name) as Report;
    for (let at = lastEventAt - 400 * DAY_MS; at <= lastEventAt; at += 3 * DAY_MS) {
      const row = newRow(report.precision, false);
      row.counters[0] = 1;
      for (let visitor = 1; visitor < 50; visitor += 1) row.visitors.add(at / DAY_MS + visitor);
      const where = { siteId, report: name, trafficClass: 'human' as const };
      const day = calendar.dayBucket(at);
      const stored = [[value, encodeRow(row)]] as const;
      rows.push({ bucket: { ...where, kind: 'day' as const, bucket: day }, rows: stored });
      const month = calendar.monthBucket(day);
      rows.push({ bucket: { ...where, kind: 'month' as const, bucket: month }, rows: stored });
    }
  }
  await writer.commit({
    rows,
    state: [],
    activity: [[siteId, { firstEventAt: lastEventAt - 400 * DAY_MS, lastEventAt }]],
    deletedSites: [],
    minutesBefore: 0,
    checkpoint: { offset: writer.checkpoint.offset + 1, receivedAt: 1 },
  });
}

it('hands over what is asked first: it is answered without reading, and as if it had been read', async () => {
  const store = EmbeddedReportStore.open({ directory: join(base, 'first') });
  const registry = new MemoryRegistry();
  for (const id of ['old', 'busy', 'quiet']) {
    await registry.createSite({ id, name: id, domains: [], timeZone: 'UTC', currency: 'EUR' });
  }
  await fill(store, 'old', NOW - 90 * DAY_MS);
  await fill(store, 'busy', NOW);
  const now = () => NOW;
  const parts = { store, registry, now };
  expect((await busiestSites(parts)).map(({ id }) => id)).toEqual(['busy', 'old']);

  const packed = new PackedBuckets(store);
  for await (const contents of warmUp(parts)) packed.adopt(structuredClone(contents));
  const reads: string[] = [];
  const scanBytes = store.scanBytes.bind(store);
  store.scanBytes = (query, visit) => {
    if (query.kind !== 'hour') reads.push(`${query.report} ${query.kind} ${query.from}`);
    return scanBytes(query, visit);
  };
  const log = new MemoryEventLog(1);
  const warm = new Reports({ ...parts, log, packed });
  const cold = new Reports({ ...parts, log });
  for (const id of ['busy', 'old']) {
    const site = registry.view().sites.get(id);
    if (site === undefined) throw new Error('no site');
    for (const question of [
      { range: { preset: 'LAST_12_MONTHS' }, dimensions: ['PAGE'] },
      { range: { preset: 'LAST_30_DAYS' }, compare: { mode: 'PREVIOUS_PERIOD' } },
      {
        range: { preset: 'LAST_30_DAYS' },
        compare: { mode: 'PREVIOUS_PERIOD' },
        dimensions: ['PAGE'],
      },
    ]) {
      reads.length = 0;
      const answer = await warm.report(site, question, SELECTION);
      expect(reads).toEqual([]);
      expect(answer).toEqual(await cold.report(site, question, SELECTION));
      if (id === 'busy') expect(answer.totals['views']).toBeGreaterThan(0);
    }
  }
  await store.close();
});

it('packs before a process answers, for so long and no longer, and does without what cannot be read', async () => {
  const store = EmbeddedReportStore.open({ directory: join(base, 'before') });
  const registry = new MemoryRegistry();
  const names = { id: 'busy', name: 'busy', domains: [], timeZone: 'UTC', currency: 'EUR' };
  await registry.createSite(names);
  await fill(store, 'busy', NOW);
  const parts = { store, registry, now: () => NOW };
  const first = await packFirst(parts, 0);
  const all = await packFirst(parts, 60_000);
  expect(first.size).toBeGreaterThan(0);
  expect(all.size).toBeGreaterThan(first.size);
  await store.close();
  expect((await packFirst(parts, 60_000)).size).toBe(0);
});

it('leaves a report whose first day says that all of it is too much', async () => {
  const store = EmbeddedReportStore.open({ directory: join(base, 'large') });
  const registry = new MemoryRegistry();
  const names = { id: 'large', name: 'large', domains: [], timeZone: 'UTC', currency: 'EUR' };
  await registry.createSite(names);
  await fill(store, 'large', NOW);
  const pages = REPORTS.find(({ name }) => name === 'pages') as Report;
  const row = newRow(pages.precision, false);
  for (let visitor = 1; visitor <= 1000; visitor += 1) row.visitors.add(visitor);
  const bytes = encodeRow(row);
  // Six megabytes for yesterday.
  const rows = Array.from({ length: 1000 }, (_, at) => [`/${at}`, bytes] as const);
  const where = { siteId: 'large', report: 'pages', trafficClass: 'human' as const };
  const bucket = { ...where, kind: 'day' as const, bucket: calendar.dayBucket(NOW) - 1 };
  const writer = await store.claim({ generation: 'g1', partition: 0, logId: 'log' });
  await writer.commit({
    rows: [{ bucket, rows }],
    state: [],
    activity: [],
    deletedSites: [],
    minutesBefore: 0,
    checkpoint: { offset: writer.checkpoint.offset + 1, receivedAt: 1 },
  });
  const buckets: Record<string, number> = {};
  for await (const contents of warmUp({ store, registry, now: () => NOW })) {
    for (const { name } of contents.buckets) {
      const report = name.split('\n')[2] as string;
      buckets[report] = (buckets[report] ?? 0) + 1;
    }
  }
  expect(buckets['pages']).toBe(1);
  expect(buckets['totals']).toBeGreaterThan(30);
  await store.close();
});
