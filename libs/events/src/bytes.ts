/** Up to here a loop copies faster than a call. */
const SHORT_MAX = 64;
/** What stands for half a character. */
const REPLACEMENT = 0xfffd;

/** A piece of memory of its own costs more than a short copy: those are cut from a common one. */
const SLAB_BYTES = 1 << 16;
const SHARED_MAX = 1 << 9;
let slab = new Uint8Array(SLAB_BYTES);
let slabUsed = 0;

/** Grows as needed; the one writer behind every stored byte. */
export class ByteWriter {
  private bytes: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
  }

  /** A copy of what was written since the last `reset`; short ones share one piece of memory. */
  copy(): Uint8Array {
    const { length } = this;
    if (length > SHARED_MAX) return this.bytes.slice(0, length);
    if (slabUsed + length > SLAB_BYTES) {
      slab = new Uint8Array(SLAB_BYTES);
      slabUsed = 0;
    }
    const copy = slab.subarray(slabUsed, slabUsed + length);
    for (let index = 0; index < length; index += 1) copy[index] = this.bytes[index] as number;
    slabUsed += length;
    return copy;
  }

  /** What was written since the last `reset`, valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  reset(): void {
    this.length = 0;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** Unsigned LEB128 of an integer below 2^53. */
  varint(value: number): void {
    this.reserve(8);
    if (value < 0x80) {
      this.bytes[this.length] = value;
      this.length += 1;
      return;
    }
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length] = (rest % 0x80) | 0x80;
      this.length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length] = rest;
    this.length += 1;
  }

  /** Zigzag LEB128 of an integer whose size is below 2^52. */
  signed(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  /** Big-endian 48-bit integer. */
  uint48(value: number): void {
    this.reserve(6);
    const high = Math.trunc(value / 2 ** 32);
    this.bytes[this.length] = high >>> 8;
    this.bytes[this.length + 1] = high & 0xff;
    this.length += 2;
    this.uint32(value >>> 0);
  }

  /** Big-endian 32-bit integer. */
  uint32(value: number): void {
    this.reserve(4);
    const { bytes, length } = this;
    bytes[length] = value >>> 24;
    bytes[length + 1] = (value >>> 16) & 0xff;
    bytes[length + 2] = (value >>> 8) & 0xff;
    bytes[length + 3] = value & 0xff;
    this.length += 4;
  }

  raw(source: Uint8Array): void {
    const { length } = source;
    this.reserve(length);
    if (length > SHORT_MAX) this.bytes.set(source, this.length);
    else {
      const { bytes, length: start } = this;
      for (let index = 0; index < length; index += 1)
        bytes[start + index] = source[index] as number;
    }
    this.length += length;
  }

  /** Text as its number of UTF-16 units, then one varint per unit: one byte each for ASCII. */
  text(value: string): void {
    this.varint(value.length);
    this.reserve(value.length * 3);
    for (let index = 0; index < value.length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit < 0x80) {
        this.bytes[this.length] = unit;
        this.length += 1;
      } else this.varint(unit);
    }
  }

  /** Text as its number of UTF-8 bytes, then those; a lone surrogate becomes U+FFFD. */
  utf8(value: string): void {
    this.reserve(value.length * 3 + 8);
    const { bytes } = this;
    const start = this.length;
    // Room for a length of one byte, which is right for nearly all; moved when it is not.
    let at = start + 1;
    for (let index = 0; index < value.length; index += 1) {
      let point = value.charCodeAt(index);
      if (point >= 0xd800 && point <= 0xdfff) {
        point = value.codePointAt(index) as number;
        if (point <= 0xdfff) point = REPLACEMENT;
        else index += 1;
      }
      at = putPoint(bytes, at, point);
    }
    const length = at - start - 1;
    if (length < 0x80) bytes[start] = length;
    else return this.longUtf8(value, length);
    this.length = at;
  }

  private longUtf8(value: string, length: number): void {
    this.varint(length);
    let at = this.length;
    for (const character of value.isWellFormed() ? value : value.toWellFormed()) {
      at = putPoint(this.bytes, at, character.codePointAt(0) as number);
    }
    this.length = at;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

function putPoint(bytes: Uint8Array, start: number, point: number): number {
  let at = start;
  if (point < 0x80) bytes[at++] = point;
  else if (point < 0x800) {
    bytes[at++] = 0xc0 | (point >>> 6);
    bytes[at++] = 0x80 | (point & 63);
  } else if (point < 0x10000) {
    bytes[at++] = 0xe0 | (point >>> 12);
    bytes[at++] = 0x80 | ((point >>> 6) & 63);
    bytes[at++] = 0x80 | (point & 63);
  } else {
    bytes[at++] = 0xf0 | (point >>> 18);
    bytes[at++] = 0x80 | ((point >>> 12) & 63);
    bytes[at++] = 0x80 | ((point >>> 6) & 63);
    bytes[at++] = 0x80 | (point & 63);
  }
  return at;
}
