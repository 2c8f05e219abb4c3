import { timingSafeEqual } from 'node:crypto';

/** Whether two secrets are the same, in constant time; an expected one of `null` is never right. */
export function isSameSecret(given: string, expected: string | null): boolean {
  if (expected === null) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
