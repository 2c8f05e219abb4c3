import type { BucketKind, TrafficClass } from '#domain';

/**
 * What rows that differ in their value only have in common. Their shard is the log partition that
 * their events came from; the value of totals is `''`.
 */
export interface BucketKey {
  readonly siteId: string;
  readonly report: string;
  readonly kind: BucketKind;
  readonly trafficClass: TrafficClass;
  /** Number of the bucket, as `Calendar` makes it. */
  readonly bucket: number;
}
