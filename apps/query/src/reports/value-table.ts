/** Slots of the first table; doubled when more than half of them are taken. */
const FIRST_SLOTS = 1 << 10;
const FIRST_BYTES = 1 << 14;
/** Memory of one value beside its bytes: slots, hash, place and text. */
const VALUE_BYTES = 120;
/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Values in the order of their numbers, one behind the other. */
export interface Values {
  readonly bytes: Uint8Array;
  /** Where each begins, and where the last one ends. */
  readonly starts: Uint32Array;
}

/** Numbers the values of one report by their bytes, so that a row costs neither a text nor a map of texts. */
export class ValueTable {
  /** Number of a value + 1; 0 = free. */
  private slots = new Int32Array(FIRST_SLOTS);
  private bytes = Buffer.alloc(FIRST_BYTES);
  private readonly hashes: number[] = [];
  /** Where each value begins; the next one begins where it ends. */
  private readonly starts: number[] = [0];
  private readonly texts: string[] = [];

  /** How many values there are: above every number given. */
  get count(): number {
    return this.hashes.length;
  }

  /** Memory that it takes. */
  get size(): number {
    return this.bytes.length + this.count * VALUE_BYTES + FIRST_SLOTS;
  }

  /** Number of the value between two bytes, which is new when it was not seen before. */
  idOf(source: Uint8Array, start: number, end: number): number {
    const hash = hashOf(source, start, end);
    const slot = this.slotOf(hash, source, start, end);
    const known = this.slots[slot] as number;
    if (known !== 0) return known - 1;
    const id = this.count;
    this.hashes.push(hash);
    this.append(source, start, end);
    this.slots[slot] = id + 1;
    if (this.count * 2 > this.slots.length) this.grow();
    return id;
  }

  /** Number of a value, or -1. */
  find(text: string): number {
    const bytes = Buffer.from(text);
    const slot = this.slotOf(hashOf(bytes, 0, bytes.length), bytes, 0, bytes.length);
    return (this.slots[slot] as number) - 1;
  }

  /** The value with a number. */
  text(id: number): string {
    let text = this.texts[id];
    if (text === undefined) {
      text = this.bytes.toString('utf8', this.starts[id], this.starts[id + 1]);
      this.texts[id] = text;
    }
    return text;
  }

  /** All values, for another table. */
  get values(): Values {
    const starts = Uint32Array.from(this.starts);
    return { bytes: this.bytes.slice(0, starts.at(-1)), starts };
  }

  /** The numbers that another table's values have here. */
  numbersOf({ bytes, starts }: Values): Uint32Array {
    const numbers = new Uint32Array(starts.length - 1);
    for (let index = 0; index < numbers.length; index += 1) {
      numbers[index] = this.idOf(bytes, starts[index] as number, starts[index + 1] as number);
    }
    return numbers;
  }

  private slotOf(hash: number, source: Uint8Array, start: number, end: number): number {
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const id = (this.slots[slot] as number) - 1;
      if (id === -1) return slot;
      if (this.hashes[id] === hash && this.isAt(id, source, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private isAt(id: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.starts[id] as number;
    if ((this.starts[id + 1] as number) - from !== end - start) return false;
    const { bytes } = this;
    for (let at = start; at < end; at += 1) {
      if (bytes[from + at - start] !== source[at]) return false;
    }
    return true;
  }

  private append(source: Uint8Array, start: number, end: number): void {
    const from = this.starts[this.starts.length - 1] as number;
    const to = from + end - start;
    if (to > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(this.bytes.length * 2, to));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(source.subarray(start, end), from);
    this.starts.push(to);
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (const [id, hash] of this.hashes.entries()) {
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = id + 1;
    }
  }
}

function hashOf(source: Uint8Array, start: number, end: number): number {
  let hash = FNV_BASIS;
  for (let at = start; at < end; at += 1) {
    hash = Math.imul(hash ^ (source[at] as number), FNV_PRIME);
  }
  return hash;
}
