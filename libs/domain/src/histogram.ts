/**
 * Buckets of a histogram: fixed, so that histograms of any rows add up exactly, and what was added can be
 * taken away again. Their widths grow with the value (the mantissa goes in steps of 0.05 up to 2, of 0.1
 * up to 5, of 0.25 up to 10), so that the middle of a bucket is never far from what lies in it.
 */

/** Most that the middle of a bucket differs from any value in it, relative; below 100 units half a unit more. */
export const HISTOGRAM_ERROR = 0.025;
/** Buckets of one power of ten: 20 of 0.05, 30 of 0.1, 20 of 0.25. */
const DECADE_BUCKETS = 70;
const DECADES = 8;
/** Values above are counted as this. */
const VALUE_MAX = 10 ** DECADES;
/** Buckets of a histogram: 0 for the value 0, 1 for values up to 1, then the decades. */
export const HISTOGRAM_BUCKETS = 2 + DECADES * DECADE_BUCKETS;
/** Mantissas are counted in twentieths: from 20 (1) to 200 (10). */
const TWENTIETHS = 20;
const UP_TO_TWO = 40;
const UP_TO_FIVE = 100;

/** The bucket of a value from 0 on; each bucket holds values above its lower bound, up to its upper one. */
export function bucketOf(value: number): number {
  const units = Math.min(VALUE_MAX, Math.ceil(value));
  if (units <= 1) return units;
  let base = 1;
  let decade = 0;
  while (units > base * 10) {
    base *= 10;
    decade += 1;
  }
  return 1 + decade * DECADE_BUCKETS + stepOf(Math.ceil((units * TWENTIETHS) / base));
}

/** Bounds of a bucket: values above the first, up to the second; equal where no whole number lies between. */
export function boundsOf(bucket: number): readonly [above: number, upTo: number] {
  if (bucket <= 1) return [0, bucket];
  const decade = Math.floor((bucket - 2) / DECADE_BUCKETS);
  const step = bucket - 1 - decade * DECADE_BUCKETS;
  const bound = (at: number) => Math.floor((twentiethsOf(at) * 10 ** decade) / TWENTIETHS);
  return [bound(step - 1), bound(step)];
}

function stepOf(twentieths: number): number {
  if (twentieths <= UP_TO_TWO) return twentieths - TWENTIETHS;
  if (twentieths <= UP_TO_FIVE) return 20 + Math.ceil((twentieths - UP_TO_TWO) / 2);
  return 50 + Math.ceil((twentieths - UP_TO_FIVE) / 5);
}

function twentiethsOf(step: number): number {
  if (step <= 20) return TWENTIETHS + step;
  return step <= 50 ? UP_TO_TWO + 2 * (step - 20) : UP_TO_FIVE + 5 * (step - 50);
}
