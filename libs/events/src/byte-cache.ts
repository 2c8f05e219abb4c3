/** Values kept; each has one place, and a newer one of the same place drives it out. */
const PLACES = 1 << 10;
/** What is longer seldom repeats and is not kept; all keys lie in 256 kB, near the processor. */
const LENGTH_MAX = 256;
/** Bytes that choose the place. */
const SAMPLES = 16;

/** Values by the bytes that they were read from: what repeats from event to event is made only once. */
export class ByteCache<V> {
  private readonly keys = new Uint8Array(PLACES * LENGTH_MAX);
  private readonly lengths = new Uint16Array(PLACES);
  private readonly values: (V | null)[] = new Array<V | null>(PLACES).fill(null);
  private place = 0;

  /** The value that was kept for these bytes, or `null`. */
  find(bytes: Uint8Array, start: number, end: number): V | null {
    const length = end - start;
    const place = placeOf(bytes, start, length);
    this.place = place;
    if (this.lengths[place] !== length) return null;
    const { keys } = this;
    const at = place * LENGTH_MAX;
    for (let index = 0; index < length; index += 1) {
      if (keys[at + index] !== bytes[start + index]) return null;
    }
    return this.values[place] as V | null;
  }

  /** Keeps what `find` has just not found. */
  keep(bytes: Uint8Array, start: number, end: number, value: V): V {
    const length = end - start;
    if (length > LENGTH_MAX) return value;
    const at = this.place * LENGTH_MAX;
    for (let index = 0; index < length; index += 1) {
      this.keys[at + index] = bytes[start + index] as number;
    }
    this.lengths[this.place] = length;
    this.values[this.place] = value;
    return value;
  }
}

function placeOf(bytes: Uint8Array, start: number, length: number): number {
  const step = length <= SAMPLES ? 1 : length / SAMPLES;
  let hash = length;
  for (let offset = 0; offset < length; offset += step) {
    hash = Math.imul(hash ^ (bytes[start + Math.trunc(offset)] as number), 0x01000193);
  }
  if (length > 0) hash = Math.imul(hash ^ (bytes[start + length - 1] as number), 0x01000193);
  return (hash ^ (hash >>> 13)) & (PLACES - 1);
}
