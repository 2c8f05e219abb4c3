import type { ByteWriter } from '#events';

/** Up to here a pair of plain arrays, searched in order, is smaller and faster than a table. */
export const SMALL_MAX = 12;
/** Slots of the first table, as a power of two. */
const FIRST_BITS = 5;
/** Share of slots in use at which probing starts to cost more than growing. */
const LOAD_MAX = 0.6;
/** Knuth's multiplicative constant, 2^32 ÷ golden ratio. */
const MIX = 0x9e3779b1;
const NO_KEYS = new Float64Array(0);
const NO_COUNTS = new Int32Array(0);

/**
 * A map from positive integers below 2^53 to signed counts: plain arrays while it is small, open
 * addressing in typed arrays above. It exists because a `Map` of numbers takes five times the memory
 * and twice the time. An entry whose count comes back to 0 no longer counts as present.
 */
export class CountTable {
  private smallKeys: number[] = [];
  private smallCounts: number[] = [];
  private keys = NO_KEYS;
  private counts = NO_COUNTS;
  /** 0 while the table is small. */
  private bits = 0;
  /** Slots taken, entries with count 0 included. */
  private used = 0;
  /** Entries with a count other than 0. */
  distinct = 0;

  /** Adds `n` to the count of `key`; returns the new count. */
  add(key: number, n: number): number {
    if (this.bits === 0) return this.addSmall(key, n);
    const slot = this.slotOf(key);
    if (this.keys[slot] === 0) {
      this.keys[slot] = key;
      this.used += 1;
      this.counts[slot] = n;
      if (n !== 0) this.distinct += 1;
      if (this.used > this.keys.length * LOAD_MAX) this.grow();
      return n;
    }
    const before = this.counts[slot] as number;
    this.counts[slot] = before + n;
    this.noteChange(before, before + n);
    return before + n;
  }

  /** Adds 1 to the count of a key, or −1 for a negative key: no number is handed over that needs an object. */
  addSigned(keys: Float64Array, at: number): void {
    const key = keys[at] as number;
    if (key > 0) this.add(key, 1);
    else this.add(-key, -1);
  }

  /** Makes 1 of the count of a key. */
  addOnce(keys: Float64Array, at: number): void {
    const key = keys[at] as number;
    if (this.get(key) === 0) this.add(key, 1);
  }

  /** Makes room for so many more keys at once, if there will be more than a few. */
  reserve(more: number): void {
    if (this.bits === 0 && this.smallKeys.length + more <= SMALL_MAX) return;
    if (this.bits === 0) this.leaveSmall();
    const wanted = this.used + more;
    if (wanted > this.keys.length * LOAD_MAX) this.rebuild(Math.ceil(Math.log2(wanted / LOAD_MAX)));
  }

  get(key: number): number {
    if (this.bits === 0) {
      const index = this.smallKeys.indexOf(key);
      return index === -1 ? 0 : (this.smallCounts[index] as number);
    }
    return this.counts[this.slotOf(key)] as number;
  }

  visitAll(visit: (key: number, count: number) => void): void {
    for (let index = 0; index < this.smallKeys.length; index += 1) {
      const count = this.smallCounts[index] as number;
      if (count !== 0) visit(this.smallKeys[index] as number, count);
    }
    for (let slot = 0; slot < this.keys.length; slot += 1) {
      const count = this.counts[slot] as number;
      if (count !== 0) visit(this.keys[slot] as number, count);
    }
  }

  /** Whether every count other than 0 is 1. */
  get countsAreOne(): boolean {
    const counts = this.bits === 0 ? this.smallCounts : this.counts;
    for (let index = 0; index < counts.length; index += 1) {
      if (((counts[index] as number) & ~1) !== 0) return false;
    }
    return true;
  }

  /** Writes all keys with a count other than 0, six bytes each, in an order of the table's own. */
  writeKeys(writer: ByteWriter): void {
    const isSmall = this.bits === 0;
    const keys = isSmall ? this.smallKeys : this.keys;
    const counts = isSmall ? this.smallCounts : this.counts;
    for (let index = 0; index < keys.length; index += 1) {
      if (counts[index] !== 0) writer.uint48(keys[index] as number);
    }
  }

  /** Writes the counts of the same keys, in the same order. */
  writeCounts(writer: ByteWriter): void {
    const counts = this.bits === 0 ? this.smallCounts : this.counts;
    for (let index = 0; index < counts.length; index += 1) {
      const count = counts[index] as number;
      if (count !== 0) writer.signed(count);
    }
  }

  /** Keys with a count other than 0, in an order of the table's own. */
  presentKeys(): Float64Array {
    const present = new Float64Array(this.distinct);
    const isSmall = this.bits === 0;
    const keys = isSmall ? this.smallKeys : this.keys;
    const counts = isSmall ? this.smallCounts : this.counts;
    let length = 0;
    for (let index = 0; index < keys.length; index += 1) {
      if (counts[index] === 0) continue;
      present[length] = keys[index] as number;
      length += 1;
    }
    return present;
  }

  private addSmall(key: number, n: number): number {
    const index = this.smallKeys.indexOf(key);
    if (index !== -1) {
      const before = this.smallCounts[index] as number;
      this.smallCounts[index] = before + n;
      this.noteChange(before, before + n);
      return before + n;
    }
    if (this.smallKeys.length === SMALL_MAX) {
      this.leaveSmall();
      return this.add(key, n);
    }
    this.smallKeys.push(key);
    this.smallCounts.push(n);
    if (n !== 0) this.distinct += 1;
    return n;
  }

  private leaveSmall(): void {
    const { smallKeys, smallCounts } = this;
    this.smallKeys = [];
    this.smallCounts = [];
    this.rebuild(FIRST_BITS);
    for (let index = 0; index < smallKeys.length; index += 1) {
      const count = smallCounts[index] as number;
      if (count !== 0) this.add(smallKeys[index] as number, count);
    }
  }

  private noteChange(before: number, after: number): void {
    if (before === 0 && after !== 0) this.distinct += 1;
    if (before !== 0 && after === 0) this.distinct -= 1;
  }

  private slotOf(key: number): number {
    const mask = this.keys.length - 1;
    let slot = (Math.imul(key | 0, MIX) >>> (32 - this.bits)) & mask;
    for (;;) {
      const found = this.keys[slot];
      if (found === key || found === 0) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    this.rebuild(this.bits + (this.distinct > this.keys.length * (LOAD_MAX / 2) ? 1 : 0));
  }

  private rebuild(bits: number): void {
    const { keys, counts } = this;
    this.bits = bits;
    this.keys = new Float64Array(2 ** bits);
    this.counts = new Int32Array(2 ** bits);
    this.used = 0;
    this.distinct = 0;
    for (let slot = 0; slot < keys.length; slot += 1) {
      const count = counts[slot] as number;
      if (count === 0) continue;
      const key = keys[slot] as number;
      const at = this.slotOf(key);
      this.keys[at] = key;
      this.counts[at] = count;
      this.used += 1;
      this.distinct += 1;
    }
  }
}
