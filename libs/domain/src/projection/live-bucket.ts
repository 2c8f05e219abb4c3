import type { TrafficClass } from '../classify/conclusions.js';
import type { BucketKind, Report } from '../reports/catalogue.js';
import type { TextNumber } from '../texts.js';
import type { ProjectionBucket } from './source.js';

/** Number of a row in memory: its place in `RowPool`. */
export type RowNumber = number;
export const NO_ROW: RowNumber = -1;

/** Slots of a first table, as a power of two: most buckets have a few rows. */
const FIRST_BITS = 2;
/** Knuth's multiplicative constant, 2^32 ÷ golden ratio. */
const MIX = 0x9e3779b1;

/** The rows of one bucket that are in memory, by the number of their value: open addressing. */
export class LiveBucket implements ProjectionBucket {
  /** Rows changed since the last flush. */
  touched: RowNumber[] = [];
  /**
   * Values of rows that are in the store and not in memory, so that a new value costs no search of the
   * store; `null` until somebody asks.
   */
  stored: Set<string> | null = null;
  /** Rows in memory. */
  size = 0;
  readonly report: string;
  readonly isRetractable: boolean;
  private bits = FIRST_BITS;
  /** Value + 1 and row of each slot; 0 = free. */
  private slots = new Int32Array(2 << FIRST_BITS);

  /** @param valueCount distinct values that the bucket has, stored ones included */
  constructor(
    readonly definition: Report,
    readonly siteId: string,
    readonly trafficClass: TrafficClass,
    readonly kind: BucketKind,
    readonly bucket: number,
    public valueCount = 0,
  ) {
    this.report = definition.name;
    this.isRetractable = definition.scope === 'session';
  }

  /** The row of a value, or `NO_ROW` when it is not in memory. */
  find(value: TextNumber): RowNumber {
    const { slots } = this;
    const at = this.slotOf(value);
    return slots[at] === 0 ? NO_ROW : (slots[at + 1] as RowNumber);
  }

  /** Adds the row of a value that has none yet. */
  add(value: TextNumber, row: RowNumber): void {
    if (this.size * 2 >= 1 << this.bits) this.rebuild(this.bits + 1, () => true);
    const at = this.slotOf(value);
    this.slots[at] = value + 1;
    this.slots[at + 1] = row;
    this.size += 1;
  }

  /** Visits all rows in memory and forgets those that `isKept` does not want. */
  keep(isKept: (row: RowNumber) => boolean): void {
    this.rebuild(this.bits, isKept);
  }

  private slotOf(value: TextNumber): number {
    const { slots, bits } = this;
    const mask = (2 << bits) - 1;
    let at = (Math.imul(value, MIX) >>> (32 - bits)) << 1;
    while (slots[at] !== 0 && slots[at] !== value + 1) at = (at + 2) & mask;
    return at;
  }

  private rebuild(bits: number, isKept: (row: RowNumber) => boolean): void {
    const { slots } = this;
    this.bits = bits;
    this.slots = new Int32Array(2 << bits);
    this.size = 0;
    for (let from = 0; from < slots.length; from += 2) {
      const value = slots[from] as number;
      const row = slots[from + 1] as RowNumber;
      if (value === 0 || !isKept(row)) continue;
      const at = this.slotOf(value - 1);
      this.slots[at] = value;
      this.slots[at + 1] = row;
      this.size += 1;
    }
  }
}
