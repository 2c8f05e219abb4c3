import { ByteReader } from '#events';
import { CountTable } from './count-table.js';
import { estimateDistinct, rankOf, registerOf } from './hyper-log-log.js';
import { COUNTER_COUNT } from './metrics.js';
import { readCounters } from './row.js';
import { forEachEntry, raiseBySketch, type VisitorEntries } from './visitor-set-codec.js';
import { HLL_ERROR, UNION_EXACT_MAX } from './visitor-union.js';

/** Adds stored rows up: sums of counters, union of visitors. `MergedRows` does the same for many values. */
export class RowSum {
  readonly counters: number[] = new Array<number>(COUNTER_COUNT).fill(0);
  private exactKeys: CountTable | null = null;
  private registers: Uint8Array | null = null;
  /** The estimate from the registers as they are, once somebody asked. */
  private estimate: number | null = null;
  private readonly entries: VisitorEntries;

  /** @param withVisitors false skips the unions: when nobody asked for distinct visitors. */
  constructor(
    private readonly precision: number,
    private readonly withVisitors: boolean,
  ) {
    const nothing = () => undefined;
    this.entries = {
      room: (visitors) => this.exactKeys?.reserve(visitors),
      visitor: (key, count) => {
        if (count > 0) this.addKey(key);
      },
      register: nothing,
      cell: nothing,
    };
  }

  /** Adds one stored row. */
  add(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    readCounters(reader, (index, value) => {
      this.counters[index] = (this.counters[index] as number) + value;
    });
    if (!this.withVisitors) return;
    if (raiseBySketch(reader, this.precision, this.sketched)) return;
    forEachEntry(reader, this.precision, this.entries);
  }

  /** Adds another sum of the same precision. */
  addSum(other: RowSum): void {
    for (let index = 0; index < COUNTER_COUNT; index += 1) {
      this.counters[index] = (this.counters[index] as number) + (other.counters[index] as number);
    }
    other.exactKeys?.visitAll((key) => this.addKey(key));
    other.registers?.forEach((rank, index) => {
      if (rank !== 0) this.raise(index, rank);
    });
  }

  /** Distinct visitors of all rows added: exact, else a whole number near the estimate. */
  visitors(): number {
    if (this.registers === null) return this.exactKeys?.distinct ?? 0;
    this.estimate ??= Math.round(estimateDistinct(this.registers, this.precision));
    return this.estimate;
  }

  /** Whether `visitors()` is exact, but for two visitors with one key. */
  get exact(): boolean {
    return this.registers === null;
  }

  /** One standard deviation of `visitors()`, relative; 0 when exact. */
  get errorRate(): number {
    return this.exact ? 0 : HLL_ERROR / Math.sqrt(2 ** this.precision);
  }

  /** Whether there is nothing in it: such a row is none. */
  get isEmpty(): boolean {
    return this.counters.every((value) => value === 0) && this.visitors() === 0;
  }

  private addKey(key: number): void {
    if (this.registers !== null) {
      this.raise(registerOf(key, this.precision), rankOf(key, this.precision));
      return;
    }
    this.exactKeys ??= new CountTable();
    this.exactKeys.add(key, 1);
    if (this.exactKeys.distinct > UNION_EXACT_MAX) this.sketch();
  }

  private raise(index: number, rank: number): void {
    const registers = this.sketched();
    if ((registers[index] as number) < rank) registers[index] = rank;
  }

  /** The registers, made of what was exact until now. */
  private readonly sketched = (): Uint8Array => {
    if (this.registers === null) this.sketch();
    this.estimate = null;
    return this.registers as unknown as Uint8Array;
  };

  private sketch(): void {
    const keys = this.exactKeys;
    this.exactKeys = null;
    const registers = new Uint8Array(2 ** this.precision);
    keys?.visitAll((key) => {
      const index = registerOf(key, this.precision);
      registers[index] = Math.max(registers[index] as number, rankOf(key, this.precision));
    });
    this.registers = registers;
  }
}
