import type { TrafficClass } from '../classify/conclusions.js';
import type { BucketKind } from '../reports/catalogue.js';

/** What rows of one bucket have in common, as the fold names it. */
export interface ProjectionBucket {
  readonly siteId: string;
  readonly report: string;
  readonly kind: BucketKind;
  readonly trafficClass: TrafficClass;
  readonly bucket: number;
}

/** Rows as of the last flush: what the fold continues from. */
export interface RowSource {
  row(bucket: ProjectionBucket, value: string): Uint8Array | undefined;
  valueCount(bucket: ProjectionBucket): number;
  values(bucket: ProjectionBucket): Iterable<string>;
}

/** The rows of one bucket that changed: value and bytes of each. */
export interface ChangedRows {
  readonly bucket: ProjectionBucket;
  readonly rows: readonly (readonly [value: string, bytes: Uint8Array])[];
}

/** State of the fold as of the last flush. */
export interface StateSource {
  state(key: string): Uint8Array | undefined;
  stateRange(prefix: string): Iterable<readonly [key: string, bytes: Uint8Array]>;
}

/** Everything that a flush writes in one step. */
export interface ProjectionFlush {
  readonly rows: readonly ChangedRows[];
  readonly state: readonly (readonly [string, Uint8Array | null])[];
  readonly activity: readonly (readonly [
    string,
    { readonly firstEventAt: number; readonly lastEventAt: number },
  ])[];
  readonly deletedSites: readonly string[];
}
