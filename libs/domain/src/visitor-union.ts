import { ByteReader, ByteWriter } from '#events';
import { estimateDistinct, rankOf, registerOf } from './hyper-log-log.js';
import { encodeRegisters, FORM, forEachEntry, raiseBySketch } from './visitor-set-codec.js';

/** A union of rows stays exact up to here: four times what one row keeps. */
export const UNION_EXACT_MAX = 4096;
/** Standard error of HyperLogLog with m registers is this ÷ √m (Flajolet and others, 2007). */
export const HLL_ERROR = 1.04;
/** Slots of the table of keys, as a power of two: half of them stay free. */
const SLOT_BITS = 13;
const SLOTS = 2 ** SLOT_BITS;
/** Knuth's multiplicative constant, 2^32 ÷ golden ratio. */
const MIX = 0x9e3779b1;
const KEY_BYTES = 6;
const TOP_BITS = 0x80808080 | 0;

const writer = new ByteWriter(1 << 15);

/**
 * A place to unite encoded sets of visitors in, used again and again: nothing is allocated for a union.
 * It comes to the same numbers as `RowSum`, whatever the order of the sets.
 */
export class VisitorUnion {
  /** Keys by slot; 0 = free. */
  private readonly keys = new Float64Array(SLOTS);
  /** Slots in use: those to be freed for the next union. */
  private readonly taken = new Uint16Array(UNION_EXACT_MAX + 1);
  private distinct = 0;
  private registers = new Uint8Array(0);
  private precision = 0;
  private isSketched = false;

  /** Starts an empty union. */
  begin(precision: number): void {
    for (let index = 0; index < this.distinct; index += 1) {
      this.keys[this.taken[index] as number] = 0;
    }
    this.distinct = 0;
    this.isSketched = false;
    if (this.precision === precision) return;
    this.precision = precision;
    this.registers = new Uint8Array(2 ** precision);
  }

  /** Whether `visitors` is exact, but for two visitors with one key. */
  get isExact(): boolean {
    return !this.isSketched;
  }

  /** Distinct visitors: exact, else a whole number near the estimate. */
  get visitors(): number {
    return this.isSketched
      ? Math.round(estimateDistinct(this.registers, this.precision))
      : this.distinct;
  }

  /** Goes on with registers, as it would at the first set that is a sketch: then keys need no table. */
  sketch(): void {
    if (this.isSketched) return;
    this.isSketched = true;
    const { registers, precision } = this;
    registers.fill(0);
    for (let index = 0; index < this.distinct; index += 1) {
      const key = this.keys[this.taken[index] as number] as number;
      const register = registerOf(key, precision);
      const rank = rankOf(key, precision);
      if (rank > (registers[register] as number)) registers[register] = rank;
    }
  }

  /** Adds the encoded set that starts at a byte. */
  add(bytes: Uint8Array, at: number): void {
    const form = bytes[at];
    if (form === FORM.empty) return;
    const reader = new ByteReader(bytes, at);
    if (form === FORM.exact) {
      reader.at += 1;
      const count = reader.varint();
      return this.addKeys(bytes, reader.at, count);
    }
    if (form === FORM.exactCounts) {
      return forEachEntry(reader, this.precision, {
        visitor: (key, count) => this.addCounted(key, count),
        register: nothing,
        cell: nothing,
      });
    }
    this.sketch();
    if (form === FORM.registers) this.raiseDense(bytes, at + 1);
    else if (form === FORM.sparse) this.raiseSparse(new ByteReader(bytes, at + 1));
    else raiseBySketch(reader, this.precision, () => this.registers);
  }

  /** The union as an encoded set, which can be added to another one. */
  encode(): Uint8Array {
    writer.reset();
    if (this.isSketched) encodeRegisters(writer, this.registers, this.precision);
    else if (this.distinct === 0) writer.byte(FORM.empty);
    else {
      writer.byte(FORM.exact);
      writer.varint(this.distinct);
      for (let index = 0; index < this.distinct; index += 1) {
        writer.uint48(this.keys[this.taken[index] as number] as number);
      }
    }
    return writer.copy();
  }

  private addCounted(key: number, count: number): void {
    if (count <= 0) return;
    writer.reset();
    writer.uint48(key);
    this.addKeys(writer.view(), 0, 1);
  }

  private addKeys(bytes: Uint8Array, start: number, count: number): void {
    if (this.isSketched) return this.raiseKeys(bytes, start, count);
    const { keys, taken } = this;
    let { distinct } = this;
    let at = start;
    for (let left = count; left > 0; left -= 1) {
      const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      const low = lowOf(bytes, at);
      at += KEY_BYTES;
      const key = high * 0x1_0000_0000 + (low >>> 0);
      let slot = Math.imul(low, MIX) >>> (32 - SLOT_BITS);
      let found = keys[slot];
      while (found !== 0 && found !== key) {
        slot = (slot + 1) & (SLOTS - 1);
        found = keys[slot];
      }
      if (found === key) continue;
      keys[slot] = key;
      taken[distinct] = slot;
      distinct += 1;
      if (distinct <= UNION_EXACT_MAX) continue;
      this.distinct = distinct;
      this.sketch();
      return this.raiseKeys(bytes, at, left - 1);
    }
    this.distinct = distinct;
  }

  /** Takes the larger of each two bytes, four at a time: a rank leaves the top bit of its byte free. */
  private raiseDense(bytes: Uint8Array, at: number): void {
    const { length } = this.registers;
    const theirs = new DataView(bytes.buffer, bytes.byteOffset + at, length);
    const ours = new DataView(this.registers.buffer, 0, length);
    for (let index = 0; index < length; index += 4) {
      const a = ours.getInt32(index);
      const b = theirs.getInt32(index);
      if (a === b) continue;
      const isLarger = ((a | TOP_BITS) - b) & TOP_BITS;
      const mask = (isLarger - (isLarger >>> 7)) | isLarger;
      ours.setInt32(index, (a & mask) | (b & ~mask));
    }
  }

  private raiseSparse(reader: ByteReader): void {
    const { registers } = this;
    const { bytes } = reader;
    let left = reader.varint();
    let { at } = reader;
    let last = 0;
    for (; left > 0; left -= 1) {
      let step = bytes[at] as number;
      at += 1;
      if (step >= 0x80) {
        // A register's number has 14 bits at most, and so has a step.
        step += ((bytes[at] as number) - 1) * 0x80;
        at += 1;
      }
      last += step;
      const rank = bytes[at] as number;
      at += 1;
      if (rank > (registers[last] as number)) registers[last] = rank;
    }
  }

  private raiseKeys(bytes: Uint8Array, start: number, count: number): void {
    const { registers, precision } = this;
    const restBits = 16 - precision;
    const restMask = (1 << restBits) - 1;
    const end = start + count * KEY_BYTES;
    for (let at = start; at < end; at += KEY_BYTES) {
      const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      const rest = high & restMask;
      const rank =
        rest !== 0
          ? Math.clz32(rest) - (31 - restBits)
          : restBits + Math.clz32(lowOf(bytes, at)) + 1;
      const register = high >>> restBits;
      if (rank > (registers[register] as number)) registers[register] = rank;
    }
  }
}

/** The lower 32 bits of the key that starts at a byte, signed. */
function lowOf(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at + 2] as number) << 24) |
    ((bytes[at + 3] as number) << 16) |
    ((bytes[at + 4] as number) << 8) |
    (bytes[at + 5] as number)
  );
}

function nothing(): void {}
