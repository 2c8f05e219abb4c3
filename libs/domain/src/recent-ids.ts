const CAPACITY_MIN = 1024;
const LOAD_MAX = 0.6;
const NO_TIME = 0;
/** A hash's upper half and a slot below this make one exact number. */
const SLOTS_MAX = 2 ** 21;

/** Hashes of ids with their time of arrival, by open addressing in typed arrays: 16 bytes a slot. */
export class RecentIds {
  private highs = new Uint32Array(CAPACITY_MIN);
  private lows = new Uint32Array(CAPACITY_MIN);
  /** Milliseconds; 0 marks an empty slot, so that instant 0 is stored as 1. */
  private times = new Float64Array(CAPACITY_MIN);
  size = 0;

  /** Newest arrival of an id, or −∞. */
  receivedAt(high: number, low: number): number {
    const time = this.times[this.slotOf(high, low)] as number;
    return time === NO_TIME ? Number.NEGATIVE_INFINITY : time;
  }

  set(high: number, low: number, receivedAt: number): void {
    const slot = this.slotOf(high, low);
    if (this.times[slot] === NO_TIME) this.size += 1;
    this.highs[slot] = high;
    this.lows[slot] = low;
    this.times[slot] = Math.max(1, receivedAt);
    if (this.size > this.times.length * LOAD_MAX) this.grow();
  }

  visitAll(visit: (high: number, low: number, receivedAt: number) => void): void {
    for (let slot = 0; slot < this.times.length; slot += 1) {
      const time = this.times[slot] as number;
      if (time !== NO_TIME) visit(this.highs[slot] as number, this.lows[slot] as number, time);
    }
  }

  /** Slots in use, in the order of their hashes. */
  sortedSlots(): Uint32Array {
    const { highs, lows, times } = this;
    // The upper half of the hash and the slot in one number: the runtime sorts those natively.
    const keys = new Float64Array(this.size);
    let count = 0;
    for (let slot = 0; slot < times.length; slot += 1) {
      if (times[slot] === NO_TIME) continue;
      keys[count] = (highs[slot] as number) * SLOTS_MAX + slot;
      count += 1;
    }
    keys.sort();
    const slots = new Uint32Array(count);
    for (let index = 0; index < count; index += 1) {
      slots[index] = (keys[index] as number) % SLOTS_MAX;
    }
    // What is alike in the upper half is next to each other, and rare: put it in order by hand.
    for (let end = 1; end < slots.length; end += 1) {
      const slot = slots[end] as number;
      let at = end;
      for (; at > 0; at -= 1) {
        const other = slots[at - 1] as number;
        if (highs[other] !== highs[slot] || (lows[other] as number) < (lows[slot] as number)) break;
        slots[at] = other;
      }
      slots[at] = slot;
    }
    return slots;
  }

  visitSlot(slot: number, visit: (high: number, low: number, receivedAt: number) => void): void {
    visit(this.highs[slot] as number, this.lows[slot] as number, this.times[slot] as number);
  }

  private slotOf(high: number, low: number): number {
    const mask = this.times.length - 1;
    let slot = low & mask;
    for (;;) {
      if (this.times[slot] === NO_TIME) return slot;
      if (this.lows[slot] === low && this.highs[slot] === high) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    const { highs, lows, times } = this;
    const capacity = times.length * 2;
    this.highs = new Uint32Array(capacity);
    this.lows = new Uint32Array(capacity);
    this.times = new Float64Array(capacity);
    this.size = 0;
    for (let slot = 0; slot < times.length; slot += 1) {
      const time = times[slot] as number;
      if (time !== NO_TIME) this.set(highs[slot] as number, lows[slot] as number, time);
    }
  }
}
