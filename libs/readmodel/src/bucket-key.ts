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

/** One text for one bucket, for sets and maps of them: no part can hold a zero byte itself. */
export function bucketName({ siteId, report, kind, trafficClass, bucket }: BucketKey): string {
  return `${siteId}\0${report}\0${kind}\0${trafficClass}\0${bucket}`;
}

/** The same for a row: the value comes last, whatever it holds. */
export function rowName(bucket: BucketKey, value: string): string {
  return `${bucketName(bucket)}\0${value}`;
}
