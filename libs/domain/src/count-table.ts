/** Smallest table: rows with a handful of visitors are by far the most. */
const CAPACITY_MIN = 8;
/** Share of slots in use at which probing starts to cost more than growing. */
const LOAD_MAX = 0.6;
/** Knuth's multiplicative constant, 2^32 ÷ golden ratio. */
const MIX = 0x9e3779b1;

/**
 * A map from positive integers below 2^53 to signed counts, by open addressing in typed arrays.
 * It exists because a `Map` of numbers takes five times the memory and twice the time.
 * An entry whose count comes back to 0 no longer counts as present.
 */
export class CountTable {
  private keys = new Float64Array(CAPACITY_MIN);
  private counts = new Int32Array(CAPACITY_MIN);
  private bits = 3;
  /** Slots taken, entries with count 0 included. */
  private used = 0;
  /** Entries with a count other than 0. */
  distinct = 0;

  /** Adds `n` to the count of `key`; returns the new count. */
  add(key: number, n: number): number {
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
    const after = before + n;
    this.counts[slot] = after;
    if (before === 0 && after !== 0) this.distinct += 1;
    if (before !== 0 && after === 0) this.distinct -= 1;
    return after;
  }

  get(key: number): number {
    return this.counts[this.slotOf(key)] as number;
  }

  visitAll(visit: (key: number, count: number) => void): void {
    for (let slot = 0; slot < this.keys.length; slot += 1) {
      const count = this.counts[slot] as number;
      if (count !== 0) visit(this.keys[slot] as number, count);
    }
  }

  /** Keys with a count other than 0, ascending: the one order that two equal tables share. */
  sortedKeys(): Float64Array {
    const keys = new Float64Array(this.distinct);
    let at = 0;
    this.visitAll((key) => {
      keys[at] = key;
      at += 1;
    });
    return keys.sort();
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
    const { keys, counts } = this;
    if (this.distinct > keys.length * (LOAD_MAX / 2)) this.bits += 1;
    this.keys = new Float64Array(2 ** this.bits);
    this.counts = new Int32Array(2 ** this.bits);
    this.used = 0;
    this.distinct = 0;
    for (let slot = 0; slot < keys.length; slot += 1) {
      const count = counts[slot] as number;
      if (count !== 0) this.add(keys[slot] as number, count);
    }
  }
}
