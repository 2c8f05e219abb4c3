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
const text = new ByteWriter(1 << 12);

/**
 * The first 64 bits of MurmurHash3 x86 128 (A. Appleby, public domain), seed 0, over the UTF-8 bytes
 * of a text. Fixed for ever: partitions, visitor hashes and duplicate checks rest on it.
 */
export function hash64(value: string): Hash64 {
  text.reset();
  text.utf8(value);
  const bytes = text.view();
  let start = 1;
  while ((bytes[start - 1] as number) >= 0x80) start += 1;
  return hashBytes(bytes, start);
}

/** Hash of a visitor id, stored in every event. */
export function visitorHashOf(visitorId: string): Hash64 {
  return hash64(visitorId);
}

function hashBytes(bytes: Uint8Array, start: number): Hash64 {
  const length = bytes.length - start;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  const blocks = length >>> 4;
  for (let block = 0; block < blocks; block += 1) {
    const at = start + block * 16;
    h1 = add(rotl(h1 ^ mix(word(bytes, at), C1, 15, C2), 19), h2);
    h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0;
    h2 = add(rotl(h2 ^ mix(word(bytes, at + 4), C2, 16, C3), 17), h3);
    h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0;
    h3 = add(rotl(h3 ^ mix(word(bytes, at + 8), C3, 17, C4), 15), h4);
    h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0;
    h4 = add(rotl(h4 ^ mix(word(bytes, at + 12), C4, 18, C1), 13), h1);
    h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0;
  }
  const tail = start + blocks * 16;
  const rest = length & 15;
  if (rest > 12) h4 ^= mix(partWord(bytes, tail + 12, rest - 12), C4, 18, C1);
  if (rest > 8) h3 ^= mix(partWord(bytes, tail + 8, rest - 8), C3, 17, C4);
  if (rest > 4) h2 ^= mix(partWord(bytes, tail + 4, rest - 4), C2, 16, C3);
  if (rest > 0) h1 ^= mix(partWord(bytes, tail, rest), C1, 15, C2);
  return finish(h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length);
}

function finish(a: number, b: number, c: number, d: number): Hash64 {
  let h1 = (a + b + c + d) | 0;
  let h2 = (b + h1) | 0;
  let h3 = (c + h1) | 0;
  let h4 = (d + h1) | 0;
  h1 = avalanche(h1);
  h2 = avalanche(h2);
  h3 = avalanche(h3);
  h4 = avalanche(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  return { high: h1 >>> 0, low: h2 >>> 0 };
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

function word(bytes: Uint8Array, at: number): number {
  return partWord(bytes, at, 4);
}

function partWord(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let index = Math.min(4, length) - 1; index >= 0; index -= 1) {
    value = (value << 8) | (bytes[at + index] as number);
  }
  return value;
}

function avalanche(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
