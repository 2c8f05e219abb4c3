import { type Registry, type ReportStore, type Site, siteKeyOf } from '#readmodel';
import { PackedBuckets, type PackedContents } from './packed-buckets.js';
import { splitByBound } from './page-candidates.js';
import type { DaySpan } from './range.js';
import { planReport } from './report-plan.js';
import { readRows } from './report-reader.js';
import { sceneOf } from './report-scene.js';

/** Sites that are looked at: those whose newest events are newest. */
const SITES_MAX = 8;
/** Bytes that are packed in all: three quarters of what questions keep. */
const PACKED_BYTES_MAX = 72 * 1024 * 1024;
/** What a report comes to, in days of it: sixty days, and months that hold as much as five days each. */
const DAYS_OF_REPORT = 120;
/** Rows of which the unions are formed: a long page. */
const ROWS = 100;
/** Whose cards everybody sees. The few values first: on them the code is compiled that reads the many. */
const DIMENSIONS = [
  null,
  'DEVICE',
  'CHANNEL',
  'COUNTRY',
  'EVENT',
  'BROWSER',
  'SOURCE',
  'PAGE',
  'ENTRY_PAGE',
  'TITLE',
];
const RANGES = ['YESTERDAY', 'LAST_30_DAYS', 'LAST_12_MONTHS'];

/** What is looked at. */
export interface WarmUpParts {
  readonly store: ReportStore;
  readonly registry: Registry;
  readonly now: () => number;
}

/** Sites with events, the newest first, as many as a warm-up looks at. */
export async function busiestSites({ store, registry }: WarmUpParts): Promise<Site[]> {
  const view = registry.view();
  const found: { site: Site; at: number }[] = [];
  for (const site of view.sites.values()) {
    const activity = await store.activity(view.liveGeneration(site.id).id, siteKeyOf(site));
    if (activity !== null) found.push({ site, at: activity.lastEventAt });
  }
  found.sort((a, b) => b.at - a.at);
  return found.slice(0, SITES_MAX).map(({ site }) => site);
}

/**
 * Packs what is asked first after a start, report by report: the last twelve months and the last thirty
 * days with those before. Yields what another `PackedBuckets` can adopt.
 */
export async function* warmUp(parts: WarmUpParts): AsyncGenerator<PackedContents> {
  const packed = new PackedBuckets(parts.store);
  let left = PACKED_BYTES_MAX;
  for (const site of await busiestSites(parts)) {
    for (const dimension of DIMENSIONS) {
      await read(parts, packed, { site, dimension, bytesMax: left });
      left -= packed.size;
      yield packed.take();
    }
  }
}

/**
 * The same for a process that does not answer yet: what it packs within a time. What it does not get to, or
 * cannot read, questions read for themselves.
 */
export async function packFirst(parts: WarmUpParts, timeMs: number): Promise<PackedBuckets> {
  const packed = new PackedBuckets(parts.store);
  const end = performance.now() + timeMs;
  try {
    for await (const contents of warmUp(parts)) {
      packed.adopt(contents);
      if (performance.now() >= end) break;
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${JSON.stringify({ event: 'warm_up_ended', message })}\n`);
  }
  return packed;
}

/** Which report is read, and how much of it. */
interface Wanted {
  readonly site: Site;
  readonly dimension: string | null;
  readonly bytesMax: number;
}

/**
 * Reads a report's days and months as questions do, and forms the unions that they will ask for. When the
 * first day says that all of it would be too much, the rest is left.
 */
async function read(
  parts: WarmUpParts,
  packed: PackedBuckets,
  { site, dimension, bytesMax }: Wanted,
): Promise<void> {
  const generation = parts.registry.view().liveGeneration(site.id).id;
  const context = { packed, generation, siteId: siteKeyOf(site), mark: '', tables: new Map() };
  const dimensions = dimension === null ? [] : [dimension];
  for (const range of RANGES) {
    const question = { range: { preset: range }, compare: { mode: 'PREVIOUS_PERIOD' }, dimensions };
    const { span, previousSpan, calendar } = await sceneOf(parts, site, generation, question);
    for (const each of range === 'LAST_30_DAYS' ? [span, previousSpan as DaySpan] : [span]) {
      const plan = planReport(dimensions, each, 'EXCLUDE', calendar);
      const rows = await readRows(plan, context, true);
      for (const row of splitByBound(rows, ROWS).candidates) row.visitors();
    }
    const expected = range === 'YESTERDAY' ? packed.size * DAYS_OF_REPORT : packed.size;
    if (expected > bytesMax) return;
  }
}
