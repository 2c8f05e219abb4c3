import { ByteReader, ByteWriter } from '#events';
import { HashFilter } from './hash-filter.js';
import type { StateSource } from './projection/source.js';
import { RecentIds } from './recent-ids.js';

/** An event id that comes again this soon after its first arrival is the same event: CONTRACT §2. */
export const DUPLICATE_WINDOW_MS = 8 * 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
/** Ids kept in memory before they become a run on disk: about 6 MB. */
const RECENT_IDS_MAX = 200_000;
/** Ids per page of a run: about 4 KiB, what one read of the store costs anyway. */
const IDS_PER_PAGE = 290;
const BYTES_PER_ID = 14;

/** State keys: recent ids as they came, and pages of sorted runs. */
const RECENT = 'dedupe/recent/';
const RUN = 'dedupe/run/';

type Write = readonly [key: string, bytes: Uint8Array | null];

/** One page of a run and the first hash in it. */
interface Page {
  readonly key: string;
  readonly firstHigh: number;
  readonly firstLow: number;
}

/** A sorted, immutable set of ids whose arrivals all lie before the end of `hour`. */
interface Run {
  readonly hour: number;
  readonly pages: Page[];
}

/**
 * Has this event id been seen in the last eight days? A filter answers *surely new* for nearly all;
 * the exact hashes with their times, in sorted immutable runs, decide the rest.
 */
export class Dedupe {
  private readonly filter = new HashFilter((visit) => this.forEachKnown(visit));
  private recent = new RecentIds();
  private unsaved = new ByteWriter(1 << 14);
  private readonly runs = new Map<string, Run>();
  private openHour = 0;
  private chunks = 0;
  private runCount = 0;

  constructor(private readonly source: StateSource) {
    for (const [key, bytes] of source.stateRange(RUN)) this.addPage(key, bytes);
    for (const [key, bytes] of source.stateRange(RECENT)) {
      this.chunks = Number(key.slice(RECENT.length)) + 1;
      readIds(bytes, (high, low, receivedAt) => this.recent.set(high, low, receivedAt));
    }
    this.filter.rebuild();
  }

  /** True for a repeated id; a new one is remembered. */
  isDuplicate(high: number, low: number, receivedAt: number): boolean {
    if (this.filter.mayContain(high, low) && this.isKnown(high, low, receivedAt)) return true;
    this.recent.set(high, low, receivedAt);
    writeId(this.unsaved, high, low, receivedAt);
    this.filter.add(high, low);
    return false;
  }

  /** What to write since the last flush; `loggedAt` is the log's own time. */
  flush(loggedAt: number): Write[] {
    const writes: Write[] = [];
    const hour = Math.floor(loggedAt / HOUR_MS);
    if (hour > this.openHour || this.recent.size > RECENT_IDS_MAX) {
      this.openHour = Math.max(hour, this.openHour);
      this.dropOldRuns(loggedAt, writes);
      this.closeRun(hour, writes);
    } else if (this.unsaved.length > 0) {
      writes.push([RECENT + pad(this.chunks), this.unsaved.copy()]);
      this.chunks += 1;
    }
    this.unsaved.reset();
    return writes;
  }

  private isKnown(high: number, low: number, receivedAt: number): boolean {
    const oldest = receivedAt - DUPLICATE_WINDOW_MS;
    if (this.recent.receivedAt(high, low) >= oldest) return true;
    for (const run of this.runs.values()) {
      const page = pageOf(run.pages, high, low);
      const bytes = page === null ? undefined : this.source.state(page.key);
      if (bytes !== undefined && findId(bytes, high, low) >= oldest) return true;
    }
    return false;
  }

  private dropOldRuns(loggedAt: number, writes: Write[]): void {
    for (const [name, run] of this.runs) {
      if ((run.hour + 1) * HOUR_MS + DUPLICATE_WINDOW_MS >= loggedAt) continue;
      for (const page of run.pages) writes.push([page.key, null]);
      this.runs.delete(name);
    }
  }

  /** Turns everything recent into one sorted run. */
  private closeRun(hour: number, writes: Write[]): void {
    for (let chunk = 0; chunk < this.chunks; chunk += 1) writes.push([RECENT + pad(chunk), null]);
    this.chunks = 0;
    const { recent } = this;
    const slots = recent.sortedSlots();
    this.recent = new RecentIds();
    const name = `${RUN}${pad(hour)}/${pad(this.runCount)}/`;
    this.runCount += 1;
    const writer = new ByteWriter(IDS_PER_PAGE * BYTES_PER_ID);
    for (let from = 0; from < slots.length; from += IDS_PER_PAGE) {
      writer.reset();
      for (const slot of slots.subarray(from, from + IDS_PER_PAGE)) {
        recent.visitSlot(slot, (high, low, receivedAt) => writeId(writer, high, low, receivedAt));
      }
      const bytes = writer.copy();
      const key = name + pad(from / IDS_PER_PAGE);
      writes.push([key, bytes]);
      this.addPage(key, bytes);
    }
  }

  private addPage(key: string, bytes: Uint8Array): void {
    const [hour, count] = key.slice(RUN.length).split('/').map(Number) as [number, number];
    const name = `${hour}/${count}`;
    let run = this.runs.get(name);
    if (run === undefined) {
      run = { hour, pages: [] };
      this.runs.set(name, run);
      this.runCount = Math.max(this.runCount, count + 1);
      this.openHour = Math.max(this.openHour, hour);
    }
    const reader = new ByteReader(bytes);
    run.pages.push({ key, firstHigh: reader.uint32(), firstLow: reader.uint32() });
  }

  private forEachKnown(visit: (high: number, low: number) => void): void {
    this.recent.visitAll(visit);
    for (const run of this.runs.values()) {
      for (const page of run.pages) {
        const bytes = this.source.state(page.key);
        if (bytes !== undefined) readIds(bytes, visit);
      }
    }
  }
}

/** The page that would hold a hash, by binary search over the first hash of each. */
function pageOf(pages: readonly Page[], high: number, low: number): Page | null {
  let from = 0;
  let to = pages.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const page = pages[middle] as Page;
    const isAfter = page.firstHigh > high || (page.firstHigh === high && page.firstLow > low);
    if (isAfter) to = middle;
    else from = middle + 1;
  }
  return pages[from - 1] ?? null;
}

function findId(bytes: Uint8Array, high: number, low: number): number {
  let found = Number.NEGATIVE_INFINITY;
  readIds(bytes, (eachHigh, eachLow, receivedAt) => {
    if (eachHigh === high && eachLow === low) found = Math.max(found, receivedAt);
  });
  return found;
}

function pad(value: number): string {
  return String(value).padStart(10, '0');
}

function writeId(writer: ByteWriter, high: number, low: number, receivedAt: number): void {
  writer.uint32(high);
  writer.uint32(low);
  writer.uint48(receivedAt);
}

function readIds(
  bytes: Uint8Array,
  visit: (high: number, low: number, receivedAt: number) => void,
): void {
  const reader = new ByteReader(bytes);
  while (reader.at < bytes.length) visit(reader.uint32(), reader.uint32(), reader.uint48());
}
