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
  readonly signals: Signals;
}

/** What pages and people did beyond views. */
export interface Signals {
  readonly vitals: { readonly totals: Totals };
  readonly vitalsByPage: Rows;
  readonly vitalsByDevice: Rows;
  readonly scroll: Rows;
  readonly outboundLinks: Rows;
  readonly fileDownloads: Rows;
  readonly formSubmits: Rows;
  readonly notFoundPages: Rows;
  readonly errors: Rows;
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

const RATED = ['lcp', 'inp', 'cls', 'fcp', 'ttfb'].map(
  (name) => `${name}P75 ${name}Good ${name}NeedsImprovement ${name}Poor ${name}Samples`,
);
const SIGNALS = `query Signals($id: ID!, $range: DateRange!) { site(id: $id) {
  vitals: report(range: $range) { totals { ...Rated } }
  vitalsByPage: report(range: $range, dimensions: [PAGE], orderBy: [{ metric: LCP_SAMPLES }], first: 8) { rows { dimensions { value } metrics { ...Rated } } }
  vitalsByDevice: report(range: $range, dimensions: [DEVICE], orderBy: [{ metric: LCP_SAMPLES }], first: 8) { rows { dimensions { value } metrics { ...Rated } } }
  scroll: report(range: $range, dimensions: [PAGE], first: 8) { rows { dimensions { value } metrics { scrollDepth views } } }
  outboundLinks: report(range: $range, dimensions: [OUTBOUND_LINK], first: 8) { ...Acts }
  fileDownloads: report(range: $range, dimensions: [FILE_DOWNLOAD], first: 8) { ...Acts }
  formSubmits: report(range: $range, dimensions: [FORM_SUBMIT], first: 8) { ...Acts }
  notFoundPages: report(range: $range, dimensions: [NOT_FOUND_PAGE], first: 8) { ...Acts }
  errors: report(range: $range, dimensions: [ERROR], first: 8) { ...Acts }
} }
fragment Rated on Metrics { ${RATED.join(' ')} }
fragment Acts on Report { rows { dimensions { value } metrics { visitors events } } }`;

/** Everything of the page, in two questions: what every site has, and what only some have. */
export async function askOverview(id: string, preset: string): Promise<Overview> {
  const time =
    preset === 'TODAY' || preset === 'YESTERDAY'
      ? 'HOUR'
      : preset === 'LAST_12_MONTHS'
        ? 'MONTH'
        : 'DAY';
  const range = { preset };
  const [overview, signals] = await Promise.all([
    ask<{ site: Omit<Overview, 'signals'> }>(OVERVIEW, { id, range, time }),
    ask<{ site: Signals }>(SIGNALS, { id, range }),
  ]);
  return { ...overview.site, signals: signals.site };
}
