/** What a batch's answer means for it. */
export type Outcome = 'done' | 'again' | 'split' | 'drop';

/** By HTTP status; 0 = no answer. */
export function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'done';
  if (status === 413) return 'split';
  if (status === 0 || status === 408 || status === 429 || status >= 500) return 'again';
  return 'drop';
}

const BACKOFF_MS = 2000;
const BACKOFF_MAX_MS = 300_000;

/**
 * Milliseconds until the next attempt: doubled with each failure, half to one and a half of it by chance, and
 * never earlier than the collector asked.
 */
export function waitMsAfter(
  failures: number,
  retryAfter: string | null,
  random = Math.random(),
): number {
  const asked = Number(retryAfter ?? 0) * 1000;
  const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1)) * (0.5 + random);
  return Math.max(backoff, Number.isFinite(asked) ? Math.min(asked, BACKOFF_MAX_MS * 12) : 0);
}
