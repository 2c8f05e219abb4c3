import type { ComparisonInput, DateRangeInput } from './range.js';
import type { MetricValues, OrderInput } from './report-answer.js';

/** A question, checked by the API's types. */
export interface ReportQuestion {
  readonly range: DateRangeInput;
  readonly compare?: ComparisonInput | null;
  readonly dimensions?: readonly string[] | null;
  readonly filter?: unknown;
  readonly orderBy?: readonly OrderInput[] | null;
  readonly first?: number | null;
  readonly after?: string | null;
  readonly search?: string | null;
  readonly bots?: string | null;
  readonly generation?: string | null;
}

/** Which parts of an answer the client selected. */
export interface Selection {
  readonly totals: ReadonlySet<string>;
  readonly previous: ReadonlySet<string>;
  readonly rows: ReadonlySet<string>;
  readonly rowsPrevious: ReadonlySet<string>;
  readonly needsRows: boolean;
}

/** **The closed list of codes** of what an answer leaves out. */
export const WARNING_CODES = ['NOT_DEFINED', 'NOT_CUT', 'OTHER_CURRENCY'] as const;

export interface WarningAnswer {
  readonly code: (typeof WARNING_CODES)[number];
  readonly message: string;
  readonly metric: string | null;
}

export interface ReportAnswer {
  readonly totals: MetricValues;
  readonly previous: MetricValues | null;
  readonly rows: readonly {
    readonly dimensions: readonly { readonly name: string; readonly value: string }[];
    readonly metrics: MetricValues;
    readonly previous: MetricValues | null;
  }[];
  readonly rowCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly meta: Readonly<Record<string, unknown>>;
}
