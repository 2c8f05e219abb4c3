import { ByteReader } from '#events';
import { CountTable } from './count-table.js';
import { estimateDistinct, rankOf, registerOf } from './hyper-log-log.js';
import { COUNTER_COUNT } from './metrics.js';
import { readCounters } from './row.js';
import {
  countExact,
  forEachEntry,
  raiseBySketch,
  type VisitorEntries,
} from './visitor-set-codec.js';

/** A union of rows stays exact up to here: four times what one row keeps. */
const UNION_EXACT_MAX = 4096;
/** A short list of visitors is kept as bytes until somebody asks: most values are on no page of an answer. */
const KEPT_BYTES_MAX = 256;
/** Standard error of HyperLogLog with m registers is this ÷ √m (Flajolet and others, 2007). */
const HLL_ERROR = 1.04;

/** Adds stored rows up: sums of counters, union of visitors. What an answer is made of. */
export class RowSum {
  readonly counters: number[] = new Array<number>(COUNTER_COUNT).fill(0);
  private exactKeys: CountTable | null = null;
  private registers: Uint8Array | null = null;
  /** The estimate from the registers as they are, once somebody asked. */
  private estimate: number | null = null;
  /** Encoded exact sets that are not in the union yet. */
  private kept: Uint8Array[] = [];
  private keptVisitors = 0;
  private keptMost = 0;
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
    const count = countExact(reader);
    if (count === 0) return;
    if (bytes.length - reader.at > KEPT_BYTES_MAX) {
      return forEachEntry(reader, this.precision, this.entries);
    }
    this.kept.push(bytes.slice(reader.at));
    this.keptVisitors += count;
    this.keptMost = Math.max(this.keptMost, count);
  }

  /** Adds another sum of the same precision. */
  addSum(other: RowSum): void {
    for (let index = 0; index < COUNTER_COUNT; index += 1) {
      this.counters[index] = (this.counters[index] as number) + (other.counters[index] as number);
    }
    other.unite();
    other.exactKeys?.visitAll((key) => this.addKey(key));
    other.registers?.forEach((rank, index) => {
      if (rank !== 0) this.raise(index, rank);
    });
  }

  /** Distinct visitors of all rows added: exact, else a whole number near the estimate. */
  visitors(): number {
    if (this.kept.length === 1 && this.exactKeys === null && this.registers === null) {
      return this.keptVisitors;
    }
    this.unite();
    if (this.registers === null) return this.exactKeys?.distinct ?? 0;
    this.estimate ??= Math.round(estimateDistinct(this.registers, this.precision));
    return this.estimate;
  }

  /** A number that `visitors()` does not exceed, without forming the union where that is possible. */
  get visitorsAtMost(): number {
    const most = (this.exactKeys?.distinct ?? 0) + this.keptVisitors;
    return this.registers !== null || most > UNION_EXACT_MAX ? this.visitors() : most;
  }

  /** A number that `visitors()` does not fall short of, likewise. */
  get visitorsAtLeast(): number {
    const distinct = this.exactKeys?.distinct ?? 0;
    const isSure = this.registers === null && distinct + this.keptVisitors <= UNION_EXACT_MAX;
    return isSure ? Math.max(distinct, this.keptMost) : this.visitors();
  }

  /** Whether `visitors()` is exact, but for two visitors with one key. */
  get exact(): boolean {
    this.unite();
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

  private unite(): void {
    if (this.kept.length === 0) return;
    const { kept } = this;
    this.kept = [];
    this.keptVisitors = 0;
    this.keptMost = 0;
    for (const bytes of kept) forEachEntry(new ByteReader(bytes), this.precision, this.entries);
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
