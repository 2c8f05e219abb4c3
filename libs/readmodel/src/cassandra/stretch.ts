import type { BucketKind } from '#domain';

/** Numbers of hour buckets in a day: each hour has one for every offset of a zone. */
const HOURS_OF_DAY = 24 * 256;

/**
 * Buckets that follow one another and lie in one partition of a table of rows: a range is then few reads. A
 * partition should stay below some tens of megabytes: 32 days of ten thousand values, half a year of a hundred
 * thousand values a month; hours are of totals only.
 */
const BUCKETS_TOGETHER: Readonly<Record<BucketKind, number>> = {
  hour: 32 * HOURS_OF_DAY,
  day: 32,
  month: 6,
  minute: 1,
};

/** Number of the stretch that a bucket lies in. */
export function stretchOf(kind: BucketKind, bucket: number): number {
  return Math.floor(bucket / BUCKETS_TOGETHER[kind]);
}
