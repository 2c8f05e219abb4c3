import type { CountTable } from './count-table.js';
import { COUNTER_COUNT } from './metrics.js';
import { type RowsByValue, UNBOUNDED } from './packed-rows.js';
import { isSketch } from './visitor-set-codec.js';
import { UNION_EXACT_MAX, VisitorUnion } from './visitor-union.js';

/** What the unions of a merge are formed in while another union goes on around it. */
const inner = new VisitorUnion();
const NONE = -1;
/** Memory of one remembered union beside its bytes. */
const KEPT_OVERHEAD_BYTES = 150;
/** Memory of the remembered counters of a row. */
const COUNTERS_BYTES = 250;

/** Rows of several sources by value: sums of counters, unions of visitors, formed when asked for. */
export class MergedRows implements RowsByValue {
  readonly ids: Uint32Array;
  readonly most: Int16Array;
  /** By row: the first of its parts; by part: the next one of the same row. */
  private readonly first: Int32Array;
  private readonly next: Int32Array;
  /** Number of the first part that is of each source. */
  private readonly offsets: number[] = [];
  /** Unions formed, encoded, when this merge is asked again and again. */
  private readonly kept: Map<number, Uint8Array> | null;
  private readonly keptCounters = new Map<number, number[]>();
  private keptBytes = 0;

  /**
   * @param idCount more than any number of a value
   * @param keeps whether unions are remembered
   */
  constructor(
    readonly sources: readonly RowsByValue[],
    private readonly precision: number,
    idCount: number,
    keeps = false,
  ) {
    this.kept = keeps ? new Map() : null;
    const parts = sources.reduce((sum, { ids }) => sum + ids.length, 0);
    const rowOf = new Int32Array(idCount).fill(NONE);
    const ids = new Uint32Array(Math.min(parts, idCount));
    const most = new Int16Array(ids.length);
    this.first = new Int32Array(ids.length).fill(NONE);
    this.next = new Int32Array(parts);
    let rows = 0;
    let part = 0;
    for (const source of sources) {
      this.offsets.push(part);
      for (let index = 0; index < source.ids.length; index += 1) {
        const id = source.ids[index] as number;
        let row = rowOf[id] as number;
        if (row === NONE) {
          row = rows;
          rowOf[id] = row;
          ids[row] = id;
          rows += 1;
        }
        most[row] = sumOfMost(most[row] as number, source.most[index] as number);
        this.next[part] = this.first[row] as number;
        this.first[row] = part;
        part += 1;
      }
    }
    this.ids = ids.subarray(0, rows);
    this.most = most.subarray(0, rows);
  }

  /** Memory that it takes, its sources not included. */
  get size(): number {
    const counters = this.keptCounters.size * COUNTERS_BYTES;
    return this.next.length * 4 + this.first.length * 10 + this.keptBytes + counters + 1000;
  }

  isSketch(row: number): boolean {
    const union = this.kept?.get(row);
    if (union !== undefined) return isSketch(union, 0);
    for (let part = this.first[row] as number; part !== NONE; part = this.next[part] as number) {
      const at = this.sourceOf(part);
      const source = this.sources[at] as RowsByValue;
      if (source.isSketch(part - (this.offsets[at] as number))) return true;
    }
    return false;
  }

  addCounters(row: number, counters: number[]): void {
    if (this.kept === null) return this.addParts(row, counters);
    let sums = this.keptCounters.get(row);
    if (sums === undefined) {
      sums = new Array<number>(COUNTER_COUNT).fill(0);
      this.addParts(row, sums);
      this.keptCounters.set(row, sums);
    }
    for (let index = 0; index < COUNTER_COUNT; index += 1) {
      counters[index] = (counters[index] as number) + (sums[index] as number);
    }
  }

  private addParts(row: number, counters: number[]): void {
    for (let part = this.first[row] as number; part !== NONE; part = this.next[part] as number) {
      const at = this.sourceOf(part);
      (this.sources[at] as RowsByValue).addCounters(part - (this.offsets[at] as number), counters);
    }
  }

  addCells(row: number, into: CountTable): void {
    for (let part = this.first[row] as number; part !== NONE; part = this.next[part] as number) {
      const at = this.sourceOf(part);
      (this.sources[at] as RowsByValue).addCells(part - (this.offsets[at] as number), into);
    }
  }

  unite(row: number, union: VisitorUnion): void {
    if (this.kept === null) return this.uniteParts(row, union);
    union.add(this.keptUnion(row, this.kept), 0);
  }

  visitors(row: number, union: VisitorUnion): { count: number; isExact: boolean } {
    union.begin(this.precision);
    this.unite(row, union);
    return { count: union.visitors, isExact: union.isExact };
  }

  private keptUnion(row: number, kept: Map<number, Uint8Array>): Uint8Array {
    const known = kept.get(row);
    if (known !== undefined) return known;
    inner.begin(this.precision);
    this.uniteParts(row, inner);
    const bytes = inner.encode();
    kept.set(row, bytes);
    this.keptBytes += bytes.length + KEPT_OVERHEAD_BYTES;
    // From now on it is known better than by a sum.
    this.most[row] = inner.isExact ? inner.visitors : UNBOUNDED;
    return bytes;
  }

  private uniteParts(row: number, union: VisitorUnion): void {
    if (this.most[row] === UNBOUNDED && this.isSketch(row)) union.sketch();
    for (let part = this.first[row] as number; part !== NONE; part = this.next[part] as number) {
      const at = this.sourceOf(part);
      (this.sources[at] as RowsByValue).unite(part - (this.offsets[at] as number), union);
    }
  }

  /** Index of the source that a part belongs to. */
  private sourceOf(part: number): number {
    const { offsets } = this;
    let from = 0;
    let to = offsets.length - 1;
    while (from < to) {
      const middle = (from + to + 1) >>> 1;
      if ((offsets[middle] as number) <= part) from = middle;
      else to = middle - 1;
    }
    return from;
  }
}

/** A bound of a union of two; above what stays exact there is none: an estimate may exceed it. */
function sumOfMost(a: number, b: number): number {
  if (a === UNBOUNDED || b === UNBOUNDED || a + b > UNION_EXACT_MAX) return UNBOUNDED;
  return a + b;
}
