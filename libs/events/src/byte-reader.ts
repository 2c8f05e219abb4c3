import { CodecError } from './codec-error.js';

/** Arguments that one call takes safely. */
const SPREAD_MAX = 4096;

/** Reads what `ByteWriter` wrote, in the same order. */
export class ByteReader {
  at: number;

  constructor(
    readonly bytes: Uint8Array,
    start = 0,
  ) {
    this.at = start;
  }

  byte(): number {
    const value = this.bytes[this.at] as number;
    this.at += 1;
    return value;
  }

  varint(): number {
    const first = this.bytes[this.at] as number;
    if (first < 0x80) {
      this.at += 1;
      return first;
    }
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw new CodecError('truncated', 'a number has no end');
      this.at += 1;
      if (byte < 0x80) return value + byte * factor;
      value += (byte - 0x80) * factor;
      factor *= 0x80;
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  uint48(): number {
    const { bytes, at } = this;
    const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    this.at = at + 2;
    return high * 0x1_0000_0000 + this.uint32();
  }

  uint32(): number {
    const { bytes, at } = this;
    this.at += 4;
    return (
      (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)) >>>
      0
    );
  }

  raw(length: number): Uint8Array {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    const length = this.varint();
    const ascii = this.bytes.subarray(this.at, this.at + length);
    if (length < SPREAD_MAX && ascii.every((byte) => byte < 0x80)) {
      this.at += length;
      return String.fromCharCode.apply(null, ascii as unknown as number[]);
    }
    let value = '';
    for (let index = 0; index < length; index += 1) value += String.fromCharCode(this.varint());
    return value;
  }
}
