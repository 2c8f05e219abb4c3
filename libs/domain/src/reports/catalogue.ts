import { DIMENSIONS, type DimensionScope } from '../dimensions.js';

/** Stretches of time that rows are kept for. Minutes serve realtime only and are not kept. */
export const BUCKET_KINDS = ['minute', 'hour', 'day', 'month'] as const;
export type BucketKind = (typeof BUCKET_KINDS)[number];

/** What one read model holds: which dimension, which buckets, which version of its meaning. */
export interface Report {
  /** Name of the read model; it is part of every row's key, so renaming it moves data. */
  readonly name: string;
  readonly version: number;
  /** `null` for the totals. */
  readonly dimension: string | null;
  readonly scope: DimensionScope | 'total';
  readonly buckets: readonly BucketKind[];
  /** Precision p of the distinct count above the exact limit: 2^p registers, error 1.04 / √2^p. */
  readonly precision: number;
}

/** 0.81 % standard error in totals. */
const TOTALS_PRECISION = 14;
/** 1.6 % standard error in rows. */
const ROW_PRECISION = 12;
const LIVE = new Set(['PAGE', 'SOURCE', 'COUNTRY', 'DEVICE']);

function byDimension(name: string, dimension: string): Report {
  const found = DIMENSIONS.find((each) => each.name === dimension);
  if (found === undefined) throw new Error(`unknown dimension ${dimension}`);
  return {
    name,
    version: 1,
    dimension,
    scope: found.scope,
    buckets: LIVE.has(dimension) ? ['minute', 'day', 'month'] : ['day', 'month'],
    precision: ROW_PRECISION,
  };
}

/** **The list of reports.** Projector, stores, API and dashboard iterate over it. */
export const REPORTS: readonly Report[] = [
  {
    name: 'totals',
    version: 1,
    dimension: null,
    scope: 'total',
    buckets: ['minute', 'hour', 'day', 'month'],
    precision: TOTALS_PRECISION,
  },
  byDimension('pages', 'PAGE'),
  byDimension('titles', 'TITLE'),
  byDimension('hostnames', 'HOSTNAME'),
  byDimension('events', 'EVENT'),
  byDimension('key-events', 'KEY_EVENT'),
  byDimension('entry-pages', 'ENTRY_PAGE'),
  byDimension('exit-pages', 'EXIT_PAGE'),
  byDimension('channels', 'CHANNEL'),
  byDimension('sources', 'SOURCE'),
  byDimension('mediums', 'MEDIUM'),
  byDimension('source-mediums', 'SOURCE_MEDIUM'),
  byDimension('campaigns', 'CAMPAIGN'),
  byDimension('terms', 'TERM'),
  byDimension('contents', 'CONTENT'),
  byDimension('referrers', 'REFERRER'),
  byDimension('countries', 'COUNTRY'),
  byDimension('regions', 'REGION'),
  byDimension('cities', 'CITY'),
  byDimension('languages', 'LANGUAGE'),
  byDimension('devices', 'DEVICE'),
  byDimension('browsers', 'BROWSER'),
  byDimension('browser-versions', 'BROWSER_VERSION'),
  byDimension('operating-systems', 'OS'),
  byDimension('os-versions', 'OS_VERSION'),
  byDimension('screens', 'SCREEN'),
  byDimension('outbound-links', 'OUTBOUND_LINK'),
  byDimension('file-downloads', 'FILE_DOWNLOAD'),
  byDimension('form-submits', 'FORM_SUBMIT'),
  byDimension('not-found-pages', 'NOT_FOUND_PAGE'),
  byDimension('errors', 'ERROR'),
];

/** Distinct values that a bucket keeps apart; what comes later is counted as `OTHER_VALUE`. */
export const VALUES_PER_BUCKET_MAX = 10_000;
export const OTHER_VALUE = '(other)';
