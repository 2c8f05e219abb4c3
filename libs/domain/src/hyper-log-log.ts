/** Bits of a visitor key; `VISITOR_KEY_BITS - precision` of them decide the rank. */
export const VISITOR_KEY_BITS = 48;
const TWO_32 = 2 ** 32;
const ALPHA_INFINITY = 1 / (2 * Math.LN2);

/**
 * The 48-bit key of a visitor in a row, from the 64-bit hash of the visitor id. Never 0, which marks
 * an empty slot. Among 1,024 visitors two share a key with probability 2 · 10⁻⁹.
 */
export function visitorKey(hashHigh: number, hashLow: number): number {
  const key = (hashHigh & 0xffff) * TWO_32 + (hashLow >>> 0);
  return key === 0 ? 1 : key;
}

/** Register of a key: its top `precision` bits, of which there are at most 16. */
export function registerOf(key: number, precision: number): number {
  return Math.trunc(key / TWO_32) >>> (VISITOR_KEY_BITS - 32 - precision);
}

/** Rank of a key: 1 + leading zeros of the bits below the register. */
export function rankOf(key: number, precision: number): number {
  const highBits = VISITOR_KEY_BITS - 32 - precision;
  const high = Math.trunc(key / TWO_32) & ((1 << highBits) - 1);
  if (high !== 0) return Math.clz32(high) - (32 - highBits) + 1;
  return highBits + Math.clz32(key >>> 0) + 1;
}

/** Number of the pair (register, rank) of a key: (rank − 1) · 2^precision + register. */
export function cellOf(key: number, precision: number): number {
  const lowerBits = VISITOR_KEY_BITS - 32 - precision;
  const upper = (key / TWO_32) | 0;
  const high = upper & ((1 << lowerBits) - 1);
  const zeros =
    high !== 0 ? Math.clz32(high) - (32 - lowerBits) : lowerBits + Math.clz32(key >>> 0);
  return (zeros << precision) + (upper >>> lowerBits);
}

/**
 * Distinct count from registers, by the improved raw estimator of O. Ertl, "New cardinality
 * estimation algorithms for HyperLogLog sketches" (2017), algorithm 6: no bias tables, no switch.
 */
export function estimateDistinct(registers: Uint8Array, precision: number): number {
  const q = VISITOR_KEY_BITS - precision;
  const m = registers.length;
  const histogram = new Float64Array(q + 2);
  for (let index = 0; index < m; index += 1) {
    const rank = registers[index] as number;
    histogram[rank] = (histogram[rank] as number) + 1;
  }
  let z = m * tau(1 - (histogram[q + 1] as number) / m);
  for (let k = q; k >= 1; k -= 1) z = 0.5 * (z + (histogram[k] as number));
  z += m * sigma((histogram[0] as number) / m);
  return (ALPHA_INFINITY * m * m) / z;
}

function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let value = x;
  let power = x;
  let factor = 1;
  let previous: number;
  do {
    power *= power;
    previous = value;
    value += power * factor;
    factor += factor;
  } while (value !== previous);
  return value;
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let value = 1 - x;
  let factor = 1;
  let previous: number;
  do {
    root = Math.sqrt(root);
    previous = value;
    factor *= 0.5;
    value -= (1 - root) ** 2 * factor;
  } while (value !== previous);
  return value / 3;
}
