import { CountTable } from '../count-table.js';
import { COUNTER_COUNT } from '../metrics.js';
import { encodeRowParts, type Row } from '../row.js';
import type { TextNumber } from '../texts.js';
import { OnlyVisitor, VisitorSet } from '../visitor-set.js';
import { type LiveBucket, NO_ROW, type RowNumber } from './live-bucket.js';
import { VisitorNotes } from './visitor-notes.js';

const FIRST_CAPACITY = 1 << 10;

/**
 * The rows in memory as a structure of arrays: a row is a number, its place in each of them. Objects are
 * made only for what most rows do not have: a second visitor, samples. What is added to a day is added to
 * its month as well.
 */
export class RowPool {
  /** Counters of all rows, `COUNTER_COUNT` each. */
  private counters = new Float64Array(FIRST_CAPACITY * COUNTER_COUNT);
  /** The row of the same value in the month of a day; `NO_ROW` for other rows. */
  private months = new Int32Array(FIRST_CAPACITY);
  private values = new Int32Array(FIRST_CAPACITY);
  private dirty = new Uint8Array(FIRST_CAPACITY);
  /** Number of the flush in which each row was last used. */
  private usedIn = new Uint32Array(FIRST_CAPACITY);
  /** The only visitor, and its sessions; without a meaning once the row has a set. */
  private onlyKeys = new Float64Array(FIRST_CAPACITY);
  private onlyCounts = new Int32Array(FIRST_CAPACITY);
  private readonly buckets: (LiveBucket | null)[] = [];
  private readonly sets: (VisitorSet | null)[] = [];
  private readonly cells: (CountTable | null)[] = [];
  private readonly notes = new VisitorNotes();
  private readonly only = new OnlyVisitor();
  private readonly free: RowNumber[] = [];
  private capacity = FIRST_CAPACITY;
  /** Numbers of rows are good as long as this is the same. */
  era = 1;
  /** Places that were ever used. */
  private used = 0;

  /** @param onTouch told about a bucket whose first row is about to be changed */
  constructor(private readonly onTouch: (bucket: LiveBucket) => void) {}

  /** Rows in memory. */
  get size(): number {
    return this.used - this.free.length;
  }

  /** Takes a row up. @param month its row in the month of a day */
  add(bucket: LiveBucket, value: TextNumber, stored: Row | null, month: RowNumber): RowNumber {
    const row = this.place();
    this.buckets[row] = bucket;
    this.values[row] = value;
    this.months[row] = month;
    this.onlyCounts[row] = 0;
    this.sets[row] = stored?.visitors ?? null;
    this.counters.fill(0, row * COUNTER_COUNT, (row + 1) * COUNTER_COUNT);
    if (stored !== null) this.counters.set(stored.counters, row * COUNTER_COUNT);
    this.cells[row] = stored?.cells ?? null;
    return row;
  }

  /** Lets go of a row; its place is given to another. */
  release(row: RowNumber): void {
    this.buckets[row] = null;
    this.sets[row] = null;
    this.cells[row] = null;
    this.dirty[row] = 0;
    this.free.push(row);
    this.era += 1;
  }

  valueOf(row: RowNumber): TextNumber {
    return this.values[row] as TextNumber;
  }

  /** Whether a row is as it is in the store, and was not used since flush `since`. */
  isIdle(row: RowNumber, since: number): boolean {
    return (this.usedIn[row] as number) < since && this.dirty[row] === 0;
  }

  /** Notes that a row, and its month, are about to be changed. */
  touch(row: RowNumber): RowNumber {
    if (this.dirty[row] === 1) return row;
    this.dirty[row] = 1;
    const bucket = this.buckets[row] as LiveBucket;
    if (bucket.touched.length === 0) this.onTouch(bucket);
    bucket.touched.push(row);
    const month = this.months[row] as RowNumber;
    if (month !== NO_ROW) this.touch(month);
    return row;
  }

  /** Adds `n` to one counter. */
  addTo(row: RowNumber, counter: number, n: number): void {
    const { counters } = this;
    const at = row * COUNTER_COUNT + counter;
    counters[at] = (counters[at] as number) + n;
    const month = this.months[row] as RowNumber;
    if (month === NO_ROW) return;
    const monthAt = month * COUNTER_COUNT + counter;
    counters[monthAt] = (counters[monthAt] as number) + n;
  }

  /** Adds to the first five counters: what events do. */
  addCounts(
    row: RowNumber,
    views: number,
    events: number,
    keyEvents: number,
    engagedMs: number,
    revenue: number,
  ): void {
    const { counters } = this;
    for (let each = row; each !== NO_ROW; each = this.months[each] as RowNumber) {
      const at = each * COUNTER_COUNT;
      counters[at] = (counters[at] as number) + views;
      counters[at + 1] = (counters[at + 1] as number) + events;
      if (keyEvents !== 0) counters[at + 2] = (counters[at + 2] as number) + keyEvents;
      if (engagedMs !== 0) counters[at + 3] = (counters[at + 3] as number) + engagedMs;
      if (revenue !== 0) counters[at + 4] = (counters[at + 4] as number) + revenue;
    }
  }

  /** Counts samples of a cell. */
  addSamples(row: RowNumber, cell: number, count: number): void {
    let cells = this.cells[row] as CountTable | null;
    if (cells === null) {
      cells = new CountTable();
      this.cells[row] = cells;
    }
    cells.add(cell, count);
    const month = this.months[row] as RowNumber;
    if (month !== NO_ROW) this.addSamples(month, cell, count);
  }

  /** Counts one session of a visitor in, or out; the sets follow at `countVisitors` at the latest. */
  addVisitor(row: RowNumber, key: number, sign: 1 | -1): void {
    this.notes.add(row, sign * key);
    if (this.notes.isFull) this.countVisitors();
  }

  /** Counts the visitors noted. */
  countVisitors(): void {
    this.notes.visit(this.capacity, null, this.countNotes);
    this.notes.visit(this.capacity, this.months, this.countNotes);
    this.notes.clear();
  }

  /** Bytes of a row that is about to be written: from then on it is as it is in the store. */
  encode(row: RowNumber, flush: number): Uint8Array {
    this.dirty[row] = 0;
    this.usedIn[row] = flush;
    const visitors = this.sets[row] ?? this.only;
    this.only.key = this.onlyKeys[row] as number;
    this.only.count = this.onlyCounts[row] as number;
    const cells = this.cells[row] as CountTable | null;
    return encodeRowParts(this.counters, row * COUNTER_COUNT, cells, visitors);
  }

  private readonly countNotes = (
    row: RowNumber,
    keys: Float64Array,
    from: number,
    to: number,
  ): void => {
    const bucket = this.buckets[row] as LiveBucket;
    let at = from;
    if (this.sets[row] === null) at = this.countOnly(row, bucket.isRetractable, keys, from, to);
    if (at === to) return;
    let set = this.sets[row] as VisitorSet | null;
    if (set === null) {
      set = new VisitorSet(bucket.definition.precision, bucket.isRetractable);
      set.add(this.onlyKeys[row] as number, this.onlyCounts[row] as number);
      this.sets[row] = set;
    }
    set.addAll(keys, at, to);
  };

  /** Counts as long as there is no more than one visitor; tells how far it came. */
  private countOnly(
    row: RowNumber,
    isRetractable: boolean,
    keys: Float64Array,
    from: number,
    to: number,
  ): number {
    for (let at = from; at < to; at += 1) {
      const noted = keys[at] as number;
      const key = Math.abs(noted);
      const count = this.onlyCounts[row] as number;
      if (count !== 0 && this.onlyKeys[row] !== key) return at;
      this.onlyKeys[row] = key;
      this.onlyCounts[row] = isRetractable ? count + (noted > 0 ? 1 : -1) : 1;
    }
    return to;
  }

  private place(): RowNumber {
    const free = this.free.pop();
    if (free !== undefined) return free;
    if (this.used === this.capacity) this.grow();
    this.buckets.push(null);
    this.sets.push(null);
    this.cells.push(null);
    this.used += 1;
    return this.used - 1;
  }

  private grow(): void {
    this.capacity = Math.floor(this.capacity * 1.5);
    const { capacity } = this;
    this.counters = copied(this.counters, new Float64Array(capacity * COUNTER_COUNT));
    this.months = copied(this.months, new Int32Array(capacity));
    this.values = copied(this.values, new Int32Array(capacity));
    this.dirty = copied(this.dirty, new Uint8Array(capacity));
    this.usedIn = copied(this.usedIn, new Uint32Array(capacity));
    this.onlyKeys = copied(this.onlyKeys, new Float64Array(capacity));
    this.onlyCounts = copied(this.onlyCounts, new Int32Array(capacity));
  }
}

function copied<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
