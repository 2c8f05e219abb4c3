import type { Rows, Signals, Totals } from './api.js';
import { formatNumber, type NumberKind } from './format.js';
import { type Column, List } from './list.js';

const VITALS: readonly (readonly [field: string, words: string, kind: NumberKind])[] = [
  ['lcp', 'Largest contentful paint', 'timing'],
  ['inp', 'Interaction to next paint', 'timing'],
  ['cls', 'Cumulative layout shift', 'score'],
  ['fcp', 'First contentful paint', 'timing'],
  ['ttfb', 'Time to first byte', 'timing'],
];
const PERCENTILES: readonly Column[] = VITALS.map(([field, , kind]) => [
  `${field}P75`,
  field.toUpperCase(),
  kind,
]);
const ACTS: readonly Column[] = [
  ['visitors', 'Visitors', 'count'],
  ['events', 'Times', 'count'],
];
const SCROLL: readonly Column[] = [
  ['scrollDepth', 'Scrolled', 'percent'],
  ['views', 'Views', 'count'],
];

/** Cards of web vitals, scroll depth and rarer events: each only where there is something in it. */
export function SignalCards({ signals }: { signals: Signals }) {
  const acts: readonly (readonly [string, Rows])[] = [
    ['Outbound links', signals.outboundLinks],
    ['File downloads', signals.fileDownloads],
    ['Forms submitted', signals.formSubmits],
    ['Pages not found', signals.notFoundPages],
    ['Errors', signals.errors],
  ];
  const scrolled = withAny(signals.scroll, ['scrollDepth']);
  const samples = VITALS.map(([field]) => `${field}Samples`);
  const pages = withAny(signals.vitalsByPage, samples);
  const devices = withAny(signals.vitalsByDevice, samples);
  const hasVitals = samples.some((field) => signals.vitals.totals[field]);
  return (
    <>
      {scrolled.rows.length > 0 && (
        <List title="Scroll depth" rows={scrolled} columns={SCROLL} isRanked={false} />
      )}
      {acts.map(
        ([title, rows]) =>
          rows.rows.length > 0 && <List key={title} title={title} rows={rows} columns={ACTS} />,
      )}
      {hasVitals && <Vitals totals={signals.vitals.totals} />}
      {pages.rows.length > 0 && (
        <List title="Web vitals by page" rows={pages} columns={PERCENTILES} isRanked={false} />
      )}
      {devices.rows.length > 0 && (
        <List title="Web vitals by device" rows={devices} columns={PERCENTILES} isRanked={false} />
      )}
    </>
  );
}

/** Rows in which one of some metrics is there and not 0. */
function withAny({ rows }: Rows, fields: readonly string[]): Rows {
  return { rows: rows.filter(({ metrics }) => fields.some((field) => metrics[field])) };
}

/** One line per web vital: the 75th percentile, and the shares that are good, middling and poor. */
function Vitals({ totals }: { totals: Totals }) {
  return (
    <section class="card">
      <table>
        <caption>Web vitals</caption>
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">p75 ±2.5%</th>
            <th scope="col">Good</th>
            <th scope="col">Needs work</th>
            <th scope="col">Poor</th>
          </tr>
        </thead>
        <tbody>
          {VITALS.map(([field, words, kind]) => (
            <tr key={field}>
              <td title={words}>{words}</td>
              <td>{formatNumber(totals[`${field}P75`] ?? null, kind)}</td>
              {['Good', 'NeedsImprovement', 'Poor'].map((rating) => (
                <td key={rating}>{formatNumber(totals[`${field}${rating}`] ?? null, 'ratio')}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
