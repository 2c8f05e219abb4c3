import type { TrafficClass } from '../classify/conclusions.js';
import type { BucketKind } from '../reports/catalogue.js';

/** Where a row lives, as the fold names it. */
export interface ProjectionRowKey {
  readonly siteId: string;
  readonly report: string;
  readonly kind: BucketKind;
  readonly trafficClass: TrafficClass;
  readonly bucket: number;
  readonly value: string;
}

/** Rows as of the last flush: what the fold continues from. */
export interface RowSource {
  row(key: ProjectionRowKey): Uint8Array | undefined;
  valueCount(key: Omit<ProjectionRowKey, 'value'>): number;
}

/** State of the fold as of the last flush. */
export interface StateSource {
  state(key: string): Uint8Array | undefined;
  stateRange(prefix: string): Iterable<readonly [key: string, bytes: Uint8Array]>;
}

/** Everything that a flush writes in one step. */
export interface ProjectionFlush {
  readonly rows: readonly (readonly [ProjectionRowKey, Uint8Array])[];
  readonly state: readonly (readonly [string, Uint8Array | null])[];
  readonly activity: readonly (readonly [
    string,
    { readonly firstEventAt: number; readonly lastEventAt: number },
  ])[];
  readonly deletedSites: readonly string[];
}
