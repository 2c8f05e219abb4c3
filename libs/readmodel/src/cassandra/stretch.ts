import type { BucketKind } from '#domain';

/**
 * Buckets that follow one another and lie in one partition of a table of rows: a range is then few reads. A
 * partition should stay below some tens of megabytes: eight days of ten thousand values, a month of a hundred
 * thousand; hours are of totals only, one row each.
 */
const BUCKETS_TOGETHER: Readonly<Record<BucketKind, number>> = {
  hour: 512,
  day: 8,
  month: 1,
  minute: 1,
};

/** Number of the stretch that a bucket lies in. */
export function stretchOf(kind: BucketKind, bucket: number): number {
  return Math.floor(bucket / BUCKETS_TOGETHER[kind]);
}
