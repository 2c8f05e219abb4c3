import { CodecError } from './codec-error.js';

/** What is longer seldom repeats and is not kept. */
const LENGTH_MAX = 256;
/** Words of four bytes, at the least, that choose the place of a longer key. */
const SAMPLES = 8;
/** Knuth's multiplicative constant, 2^32 ÷ golden ratio. */
const MIX = 0x9e3779b1;

/** Values by the bytes that they were read from: what repeats from event to event is made only once. */
export class ByteCache<V> {
  private readonly keys: Uint8Array;
  /** Four bytes at a time is what a processor compares as fast as one. */
  private readonly words: DataView;
  private readonly lengths: Uint16Array;
  private readonly values: (V | null)[];
  private place = 0;

  /**
   * @param places values kept, a power of two; each has one place, and a newer one of the same place drives
   *   it out. Keys take 256 bytes each: few places stay near the processor.
   */
  constructor(private readonly places: number) {
    this.keys = new Uint8Array(places * LENGTH_MAX);
    this.words = new DataView(this.keys.buffer);
    this.lengths = new Uint16Array(places);
    this.values = new Array<V | null>(places).fill(null);
  }

  /** The value that was kept for these bytes, or `null`. Throws code `truncated` when there are not so many. */
  find(bytes: DataView, start: number, end: number): V | null {
    if (end > bytes.byteLength) throw new CodecError('truncated', 'an event ends too early');
    const length = end - start;
    const place = hashOf(bytes, start, length) & (this.places - 1);
    this.place = place;
    if (this.lengths[place] !== length) return null;
    const { words } = this;
    const at = place * LENGTH_MAX;
    let index = 0;
    for (; index + 4 <= length; index += 4) {
      if (words.getInt32(at + index) !== bytes.getInt32(start + index)) return null;
    }
    for (; index < length; index += 1) {
      if (words.getUint8(at + index) !== bytes.getUint8(start + index)) return null;
    }
    return this.values[place] as V | null;
  }

  /** Keeps what `find` has just not found. */
  keep(bytes: DataView, start: number, end: number, value: V): V {
    const length = end - start;
    if (length > LENGTH_MAX) return value;
    const at = this.place * LENGTH_MAX;
    for (let index = 0; index < length; index += 1) {
      this.keys[at + index] = bytes.getUint8(start + index);
    }
    this.lengths[this.place] = length;
    this.values[this.place] = value;
    return value;
  }
}

function hashOf(bytes: DataView, start: number, length: number): number {
  let hash = length;
  if (length < 4) {
    for (let index = 0; index < length; index += 1) {
      hash = mixed(hash ^ bytes.getUint8(start + index));
    }
    return hash;
  }
  const last = start + length - 4;
  const step = Math.max(4, Math.trunc(length / SAMPLES));
  for (let at = start; at < last; at += step) hash = mixed(hash ^ bytes.getInt32(at));
  return mixed(hash ^ bytes.getInt32(last));
}

function mixed(hash: number): number {
  const product = Math.imul(hash, MIX);
  return product ^ (product >>> 15);
}
