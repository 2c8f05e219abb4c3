/** Bits per id: with the four bits set below, about one new id in 10,000 is looked up for nothing. */
const BITS_PER_ID = 24;
const WORDS_PER_BLOCK = 16;
const CAPACITY_MIN = 1 << 14;
const MIX_A = 0x85ebca6b;
const MIX_B = 0xc2b2ae35;

type ForEachId = (visit: (high: number, low: number) => void) => void;

/**
 * A blocked Bloom filter over 64-bit hashes: one cache line answers *surely new*. It doubles by
 * reading all known ids again, which costs a constant per id over its life.
 */
export class HashFilter {
  private words = new Uint32Array(0);
  private blockMask = 0;
  private capacity = 0;
  private size = 0;

  /** @param forEachKnown visits every hash that is still of interest, those in `add` included */
  constructor(private readonly forEachKnown: ForEachId) {}

  /** False = surely never added. */
  mayContain(high: number, low: number): boolean {
    const at = (low & this.blockMask) * WORDS_PER_BLOCK;
    return this.has(at, Math.imul(high, MIX_A)) && this.has(at, Math.imul(high ^ low, MIX_B));
  }

  add(high: number, low: number): void {
    if (this.size >= this.capacity) this.rebuild();
    this.set(high, low);
    this.size += 1;
  }

  /** Starts again with room for twice the ids that are known now. */
  rebuild(): void {
    let known = 0;
    this.forEachKnown(() => {
      known += 1;
    });
    this.capacity = Math.max(CAPACITY_MIN, 2 ** Math.ceil(Math.log2(known * 2 + 1)));
    const blocks = (this.capacity * BITS_PER_ID) / (WORDS_PER_BLOCK * 32);
    const blockCount = 2 ** Math.ceil(Math.log2(blocks));
    this.words = new Uint32Array(blockCount * WORDS_PER_BLOCK);
    this.blockMask = blockCount - 1;
    this.size = known;
    this.forEachKnown((high, low) => this.set(high, low));
  }

  private set(high: number, low: number): void {
    const at = (low & this.blockMask) * WORDS_PER_BLOCK;
    this.mark(at, Math.imul(high, MIX_A));
    this.mark(at, Math.imul(high ^ low, MIX_B));
  }

  /** Two bits per mix: nine bits choose a bit of the block's 512, twice. */
  private has(at: number, mixed: number): boolean {
    const a = mixed >>> 23;
    const b = (mixed >>> 14) & 511;
    const { words } = this;
    return (
      (((words[at + (a >>> 5)] as number) >>> (a & 31)) & 1) === 1 &&
      (((words[at + (b >>> 5)] as number) >>> (b & 31)) & 1) === 1
    );
  }

  private mark(at: number, mixed: number): void {
    const a = mixed >>> 23;
    const b = (mixed >>> 14) & 511;
    const { words } = this;
    words[at + (a >>> 5)] = (words[at + (a >>> 5)] as number) | (1 << (a & 31));
    words[at + (b >>> 5)] = (words[at + (b >>> 5)] as number) | (1 << (b & 31));
  }
}
