import type { BucketKind, TrafficClass } from '#domain';

/** Where one row of a report lives. The shard is the log partition that its events came from. */
export interface RowKey {
  readonly siteId: string;
  readonly report: string;
  readonly kind: BucketKind;
  readonly trafficClass: TrafficClass;
  /** Number of the bucket, as `Calendar` makes it. */
  readonly bucket: number;
  /** Value of the dimension; `''` for the totals. */
  readonly value: string;
}
