import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './bytes.js';

/** A 64-bit hash in two unsigned 32-bit halves. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;
const LINE_BREAK = 0x0a;
/** For texts that are not all ASCII. */
const wide = new ByteWriter();

const BLOCK_BYTES = 16;

/** Bytes of the text that is being hashed; grows with the longest one. */
let text = new Uint8Array(1 << 12);

/**
 * The first 64 bits of MurmurHash3 x86 128 (A. Appleby, public domain), seed 0, over the UTF-8 bytes
 * of a text. Fixed for ever: partitions, visitor hashes and duplicate checks rest on it.
 */
export function hash64(value: string): Hash64 {
  const hash = { high: 0, low: 0 };
  hashBytes(putUtf8(value, 0), hash);
  return hash;
}

const last = { high: 0, low: 0 };

/** The lower half of `hash64`. */
export function hash32(value: string): number {
  hashBytes(putUtf8(value, 0), last);
  return last.low;
}

/** Hash of a visitor id, stored in every event. */
export function visitorHashOf(visitorId: string): Hash64 {
  return hash64(visitorId);
}

/** `hash64` of two texts with a line break between them, one pair after the other, without an object for each. */
export class PairHash implements Hash64 {
  high = 0;
  low = 0;

  of(first: string, second: string): void {
    const middle = putUtf8(first, 0);
    text[middle] = LINE_BREAK;
    hashBytes(putUtf8(second, middle + 1), this);
  }
}

/** Writes a text at a place of `text`; tells where it ends. */
function putUtf8(value: string, start: number): number {
  const most = start + value.length * 3 + BLOCK_BYTES;
  if (most > text.length) {
    const grown = new Uint8Array(most * 2);
    grown.set(text);
    text = grown;
  }
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit >= 0x80) return putWide(value, start);
    text[start + index] = unit;
  }
  return start + value.length;
}

function putWide(value: string, start: number): number {
  wide.reset();
  wide.utf8(value);
  const reader = new ByteReader(wide.view());
  const length = reader.varint();
  text.set(reader.raw(length), start);
  return start + length;
}

/** Hashes that many bytes of `text`. */
function hashBytes(length: number, into: { high: number; low: number }): void {
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  const tail = length & ~15;
  for (let at = 0; at < tail; at += 16) {
    h1 = add(rotl(h1 ^ mix(word(at), C1, 15, C2), 19), h2);
    h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0;
    h2 = add(rotl(h2 ^ mix(word(at + 4), C2, 16, C3), 17), h3);
    h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0;
    h3 = add(rotl(h3 ^ mix(word(at + 8), C3, 17, C4), 15), h4);
    h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0;
    h4 = add(rotl(h4 ^ mix(word(at + 12), C4, 18, C1), 13), h1);
    h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0;
  }
  // What is missing of the last block counts as zeros.
  text.fill(0, length, tail + 16);
  h4 ^= mix(word(tail + 12), C4, 18, C1);
  h3 ^= mix(word(tail + 8), C3, 17, C4);
  h2 ^= mix(word(tail + 4), C2, 16, C3);
  h1 ^= mix(word(tail), C1, 15, C2);
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = avalanche(h1);
  h2 = avalanche(h2);
  h3 = avalanche(h3);
  h4 = avalanche(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  into.high = h1 >>> 0;
  into.low = h2 >>> 0;
}

function mix(k: number, c1: number, turn: number, c2: number): number {
  return Math.imul(rotl(Math.imul(k, c1), turn), c2);
}

function add(a: number, b: number): number {
  return (a + b) | 0;
}

function rotl(value: number, turn: number): number {
  return (value << turn) | (value >>> (32 - turn));
}

function word(at: number): number {
  return (
    (text[at] as number) |
    ((text[at + 1] as number) << 8) |
    ((text[at + 2] as number) << 16) |
    ((text[at + 3] as number) << 24)
  );
}

function avalanche(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
