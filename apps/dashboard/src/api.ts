/** An error of the API, with its code. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

interface Answer<T> {
  readonly data: T | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

/** Asks the API; throws an `ApiError` when it refuses. */
export async function ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answer<T>;
  const error = errors?.[0];
  if (error !== undefined) throw new ApiError(error.extensions?.code ?? '', error.message);
  if (data === null) throw new ApiError('', 'the answer was empty');
  return data;
}

export interface Site {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
}

export type Totals = Readonly<Record<string, number | null>>;

export interface Rows {
  readonly rows: readonly {
    readonly dimensions: readonly { readonly value: string }[];
    readonly metrics: Totals;
  }[];
}

export interface Overview {
  readonly sum: {
    readonly totals: Totals;
    readonly meta: {
      readonly asOf: string | null;
      readonly generation: string;
      readonly definitions: string;
      readonly exact: boolean;
      readonly errorRate: number;
      readonly timeZone: string;
    };
  };
  readonly trend: Rows;
  readonly pages: Rows;
  readonly sources: Rows;
  readonly countries: Rows;
  readonly devices: Rows;
  readonly now: { readonly visitors: number };
}

const OVERVIEW = `query Overview($id: ID!, $range: DateRange!, $time: Dimension!) { site(id: $id) {
  sum: report(range: $range) { totals { ...Kpi } meta { asOf generation definitions exact errorRate timeZone } }
  trend: report(range: $range, dimensions: [$time], first: 1000) { rows { dimensions { value } metrics { ...Kpi } } }
  pages: report(range: $range, dimensions: [PAGE], first: 8) { ...Card }
  sources: report(range: $range, dimensions: [SOURCE], first: 8) { ...Card }
  countries: report(range: $range, dimensions: [COUNTRY], first: 8) { ...Card }
  devices: report(range: $range, dimensions: [DEVICE], first: 8) { ...Card }
  now: realtime(minutes: 5) { visitors }
} }
fragment Kpi on Metrics { visitors newVisitors sessions views bounceRate averageEngagementTime keyEvents revenue }
fragment Card on Report { rows { dimensions { value } metrics { visitors views } } }`;

/** Everything of the page in one question. */
export async function askOverview(id: string, preset: string): Promise<Overview> {
  const time =
    preset === 'TODAY' || preset === 'YESTERDAY'
      ? 'HOUR'
      : preset === 'LAST_12_MONTHS'
        ? 'MONTH'
        : 'DAY';
  const { site } = await ask<{ site: Overview }>(OVERVIEW, { id, range: { preset }, time });
  return site;
}
