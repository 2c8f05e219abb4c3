import type { CountTable } from './count-table.js';
import { COUNTER_COUNT } from './metrics.js';
import { mostOf } from './packed-rows.js';
import { ESTIMATE_SLACK, type RowsByValue, UNBOUNDED } from './rows-by-value.js';
import { isSketch } from './visitor-set-codec.js';
import { UNION_EXACT_MAX, VisitorUnion } from './visitor-union.js';

/** What the unions of a merge are formed in while another union goes on around it. */
const inner = new VisitorUnion();
const NONE = -1;
/** So many keys are seldom those of fewer visitors than stay exact. */
const MANY_KEYS = UNION_EXACT_MAX * 1.2;
/** From so many keys on registers are raised faster by registers than by the keys. */
const LONG_KEYS = 512;
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
  /** Registers of exact unions that went into sketches. */
  private readonly keptRegisters = new Map<number, Uint8Array>();
  private readonly keptCounters = new Map<number, number[]>();
  /** Bounds of rows; -1 = not known yet. */
  private bounds: Float64Array | null = null;
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
    const bytes = this.keptUnion(row, this.kept);
    const isLong = (this.most[row] as number) > LONG_KEYS;
    union.add(isLong && !union.isExact ? this.registersOf(row, bytes) : bytes, 0);
  }

  private registersOf(row: number, keys: Uint8Array): Uint8Array {
    let registers = this.keptRegisters.get(row);
    if (registers === undefined) {
      inner.begin(this.precision);
      inner.sketch();
      inner.add(keys, 0);
      registers = inner.encode();
      this.keptRegisters.set(row, registers);
      this.keptBytes += registers.length + KEPT_OVERHEAD_BYTES;
    }
    return registers;
  }

  visitors(row: number, union: VisitorUnion): { count: number; isExact: boolean } {
    union.begin(this.precision);
    if (this.kept === null) this.uniteAlone(row, union);
    else union.add(this.keptUnion(row, this.kept), 0);
    return { count: union.visitors, isExact: union.isExact };
  }

  bound(row: number, union: VisitorUnion): number {
    if (this.most[row] !== UNBOUNDED) return this.most[row] as number;
    this.bounds ??= new Float64Array(this.ids.length).fill(-1);
    if (this.bounds[row] === -1) this.bounds[row] = this.findBound(row, union);
    return this.bounds[row] as number;
  }

  /** Of what is remembered by its union; else the sum of what the parts have at most. */
  private findBound(row: number, union: VisitorUnion): number {
    if (this.kept !== null) {
      const { count, isExact } = this.visitors(row, union);
      return isExact ? count : count * ESTIMATE_SLACK;
    }
    let sum = 0;
    for (let part = this.first[row] as number; part !== NONE; part = this.next[part] as number) {
      const at = this.sourceOf(part);
      sum += (this.sources[at] as RowsByValue).bound(part - (this.offsets[at] as number), union);
    }
    return sum;
  }

  private keptUnion(row: number, kept: Map<number, Uint8Array>): Uint8Array {
    const known = kept.get(row);
    if (known !== undefined) return known;
    inner.begin(this.precision);
    this.uniteAlone(row, inner);
    const bytes = inner.encode();
    this.keep(row, bytes, kept);
    return bytes;
  }

  private keep(row: number, bytes: Uint8Array, kept: Map<number, Uint8Array>): void {
    kept.set(row, bytes);
    this.keptBytes += bytes.length + KEPT_OVERHEAD_BYTES;
    // From now on it is known better than by a sum.
    this.most[row] = mostOf(bytes, 0);
  }

  /** The unions that are remembered, by row. */
  get unions(): ReadonlyMap<number, Uint8Array> {
    return this.kept ?? new Map();
  }

  /** Remembers unions that another merge of the same sources formed. */
  remember(unions: ReadonlyMap<number, Uint8Array>): void {
    if (this.kept === null) return;
    for (const [row, bytes] of unions) this.keep(row, bytes, this.kept);
  }

  /**
   * Adds a row to an empty union. Of far more visitors than stay exact it raises registers at once, which
   * costs a fraction; if these turn out to be the same few again and again, it begins anew.
   */
  private uniteAlone(row: number, union: VisitorUnion): void {
    if (this.most[row] !== UNBOUNDED || this.isSketch(row) || this.keyCount(row) < MANY_KEYS) {
      return this.uniteParts(row, union);
    }
    union.sketch();
    this.uniteParts(row, union);
    if (union.visitors > UNION_EXACT_MAX * ESTIMATE_SLACK) return;
    union.begin(this.precision);
    this.uniteParts(row, union);
  }

  /** Visitors of all parts, those in several of them counted several times. */
  private keyCount(row: number): number {
    let sum = 0;
    for (let part = this.first[row] as number; part !== NONE; part = this.next[part] as number) {
      const at = this.sourceOf(part);
      const most = (this.sources[at] as RowsByValue).most[part - (this.offsets[at] as number)];
      sum += most === UNBOUNDED ? UNION_EXACT_MAX : (most as number);
    }
    return sum;
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
