import type { ByteReader, ByteWriter } from '#events';
import { CellCounts } from './cell-counts.js';
import { CountTable, SMALL_MAX } from './count-table.js';
import { cellOf, rankOf, registerOf } from './hyper-log-log.js';
import {
  encodeCounting,
  encodeOnly,
  encodeRegisters,
  FORM,
  forEachEntry,
} from './visitor-set-codec.js';

/** The visitors of a row that has one at most. */
export class OnlyVisitor {
  key = 0;
  /** Sessions of it; 0 = the row has no visitor. */
  count = 0;

  encode(writer: ByteWriter): void {
    encodeOnly(writer, this.key, this.count);
  }
}

/** Distinct visitors up to here are counted exactly; above, by a sketch. */
export const EXACT_VISITORS_MAX = 1024;
/**
 * The distinct visitors of one row.
 *
 * A row that sessions may leave again counts, for every visitor, how many of its sessions are there,
 * so that each can be taken back. Above `EXACT_VISITORS_MAX` the same is done for the pairs (register,
 * rank) of a HyperLogLog: a *counting* sketch, from which a session can be taken back as well, where
 * plain registers would remember every page that was ever somebody's last one. Rows that nothing ever
 * leaves (totals, event dimensions) keep plain registers.
 */
export class VisitorSet {
  private exact: CountTable | null = null;
  private counting: CellCounts | null = null;
  private registers: Uint8Array | null = null;
  /** The only visitor, kept without a table: most rows of the long tail have one. */
  private onlyKey = 0;
  private onlyCount = 0;

  constructor(
    private readonly precision: number,
    private readonly retractable: boolean,
  ) {}

  /** Adds the visitor; in a row that can be left, `n` sessions of it (negative takes back). */
  add(key: number, n = 1): void {
    if (this.registers !== null) this.raise(key);
    else if (this.counting !== null) this.counting.add(cellOf(key, this.precision), n);
    else if (this.exact !== null) this.addExact(key, n);
    else this.addFirst(key, n);
  }

  /** Counts one session of each key in, and out of each negative one, in order. */
  addAll(keys: Float64Array, from: number, to: number): void {
    const { counting, registers, precision } = this;
    if (counting !== null) return counting.addKeys(keys, from, to, precision);
    if (registers !== null) {
      for (let at = from; at < to; at += 1) this.raise(keys[at] as number);
      return;
    }
    this.addAllExact(keys, from, to);
  }

  /** The same as long as visitors are kept apart, and then with the sketch that they become. */
  private addAllExact(keys: Float64Array, from: number, to: number): void {
    let at = from;
    while (at < to && this.exact === null) {
      const key = keys[at] as number;
      this.addFirst(Math.abs(key), Math.sign(key));
      at += 1;
    }
    const { exact } = this;
    if (exact === null) return;
    exact.reserve(Math.min(to - at, EXACT_VISITORS_MAX));
    for (; at < to; at += 1) {
      if (this.retractable) exact.addSigned(keys, at);
      else exact.addOnce(keys, at);
      if (exact.distinct <= EXACT_VISITORS_MAX) continue;
      this.sketch();
      return this.addAll(keys, at + 1, to);
    }
  }

  /** Whether the number is exact, but for two visitors with one key. */
  get isExact(): boolean {
    return this.registers === null && this.counting === null;
  }

  /** @param sorted gives equal sets equal bytes, at the price of sorting */
  encode(writer: ByteWriter, sorted = false): void {
    if (this.registers !== null) encodeRegisters(writer, this.registers, this.precision);
    else if (this.counting !== null) encodeCounting(writer, this.counting);
    else this.encodeExact(writer, sorted);
  }

  static decode(reader: ByteReader, precision: number, retractable: boolean): VisitorSet {
    const set = new VisitorSet(precision, retractable);
    forEachEntry(reader, precision, {
      room: (visitors) => {
        if (visitors <= SMALL_MAX) return;
        set.exact = new CountTable();
        set.exact.reserve(visitors);
      },
      visitor: (key, count) => set.add(key, count),
      register: (index, rank) => {
        set.registers ??= new Uint8Array(2 ** precision);
        set.registers[index] = rank;
      },
      cell: (cell, count) => {
        set.counting ??= new CellCounts(precision);
        set.counting.add(cell, count);
      },
    });
    return set;
  }

  private addFirst(key: number, n: number): void {
    if (this.onlyCount === 0 || this.onlyKey === key) {
      this.onlyKey = key;
      this.onlyCount = this.retractable ? this.onlyCount + n : 1;
      return;
    }
    this.exact = new CountTable();
    this.exact.add(this.onlyKey, this.onlyCount);
    this.onlyCount = 0;
    this.addExact(key, n);
  }

  private addExact(key: number, n: number): void {
    const exact = this.exact as CountTable;
    if (this.retractable) exact.add(key, n);
    else if (exact.get(key) === 0) exact.add(key, 1);
    if (exact.distinct > EXACT_VISITORS_MAX) this.sketch();
  }

  private sketch(): void {
    const exact = this.exact as CountTable;
    this.exact = null;
    if (this.retractable) {
      const counting = new CellCounts(this.precision);
      exact.visitAll((key, count) => counting.add(cellOf(key, this.precision), count));
      this.counting = counting;
    } else {
      this.registers = new Uint8Array(2 ** this.precision);
      exact.visitAll((key) => this.raise(key));
    }
  }

  private raise(key: number): void {
    const registers = this.registers as Uint8Array;
    const index = registerOf(key, this.precision);
    const rank = rankOf(key, this.precision);
    if ((registers[index] as number) < rank) registers[index] = rank;
  }

  private encodeExact(writer: ByteWriter, sorted: boolean): void {
    if (this.exact === null) return encodeOnly(writer, this.onlyKey, this.onlyCount);
    const { exact } = this;
    if (exact.distinct === 0) return writer.byte(FORM.empty);
    const isPlain = exact.countsAreOne;
    writer.byte(isPlain ? FORM.exact : FORM.exactCounts);
    writer.varint(exact.distinct);
    if (sorted) {
      const keys = exact.presentKeys().sort();
      for (const key of keys) writer.uint48(key);
      if (!isPlain) for (const key of keys) writer.signed(exact.get(key));
      return;
    }
    exact.writeKeys(writer);
    if (!isPlain) exact.writeCounts(writer);
  }
}
