import { useEffect, useState } from 'preact/hooks';
import { askOverview, type Overview, type Site } from './api.js';
import { Chart } from './chart.js';
import { countFinished } from './finished.js';
import { formatNumber, METRICS } from './format.js';
import { List } from './list.js';
import { SignalCards } from './signal-cards.js';

const PRESETS: readonly (readonly [string, string])[] = [
  ['TODAY', 'Today'],
  ['YESTERDAY', 'Yesterday'],
  ['LAST_7_DAYS', 'Last 7 days'],
  ['LAST_28_DAYS', 'Last 28 days'],
  ['LAST_91_DAYS', 'Last 91 days'],
  ['THIS_MONTH', 'This month'],
  ['THIS_YEAR', 'This year'],
  ['LAST_12_MONTHS', 'Last 12 months'],
];
const REFRESH_MS = 5000;

/** Totals, a line over time, four lists, who is here now, and cards of signals that there are. */
export function OverviewPage({
  sites,
  onAdd,
  onOut,
}: {
  sites: Site[];
  onAdd: () => void;
  onOut: () => void;
}) {
  const [siteId, setSiteId] = useState(sites[0]?.id ?? '');
  const [preset, setPreset] = useState('TODAY');
  const [metric, setMetric] = useState('visitors');
  const [data, setData] = useState<Overview | null>(null);
  const [error, setError] = useState('');

  useEffect(() => {
    let isCurrent = true;
    const load = () =>
      askOverview(siteId, preset).then(
        (overview) => {
          if (!isCurrent) return;
          setData(overview);
          setError('');
        },
        (reason: Error) => isCurrent && setError(reason.message),
      );
    void load();
    const timer = setInterval(load, REFRESH_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [siteId, preset]);

  const choose = (set: (value: string) => void) => (event: Event) =>
    set((event.target as HTMLSelectElement).value);
  return (
    <>
      <header class="bar">
        <div>
          <strong>Hindsight</strong>
          <select aria-label="Site" value={siteId} onChange={choose(setSiteId)}>
            {sites.map((site) => (
              <option key={site.id} value={site.id}>
                {site.name}
              </option>
            ))}
          </select>
          <select aria-label="Dates" value={preset} onChange={choose(setPreset)}>
            {PRESETS.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
          <span class="live">
            <i />
            {data?.now.visitors ?? '–'} now
          </span>
          <button type="button" class="push" onClick={onAdd}>
            Add a site
          </button>
          <button type="button" onClick={onOut}>
            Sign out
          </button>
        </div>
      </header>
      <main>
        {error !== '' && <p role="alert">{error}</p>}
        {data !== null && (
          <Numbers data={data} metric={metric} onMetric={setMetric} siteId={siteId} />
        )}
      </main>
    </>
  );
}

function Numbers({
  data,
  metric,
  onMetric,
  siteId,
}: {
  data: Overview;
  metric: string;
  onMetric: (name: string) => void;
  siteId: string;
}) {
  const { totals, meta } = data.sum;
  const labels = data.trend.rows.map((row) => row.dimensions[0]?.value ?? '');
  const values = data.trend.rows.map((row) => row.metrics[metric] ?? 0);
  const title = METRICS.find(([name]) => name === metric)?.[1] ?? metric;
  return (
    <>
      {totals['visitors'] === 0 && (
        <p class="note">
          No visitors in these days. The snippet is on every page: <code>{snippetOf(siteId)}</code>
        </p>
      )}
      <section class="card totals" aria-label="Totals">
        {METRICS.map(([name, words, kind]) => (
          <button
            type="button"
            key={name}
            aria-pressed={name === metric}
            onClick={() => onMetric(name)}
          >
            <span>{words}</span>
            <b>{formatNumber(totals[name] ?? null, kind)}</b>
          </button>
        ))}
      </section>
      <section class="card">
        <h2>{title}</h2>
        <Chart
          labels={labels}
          values={values}
          name={title}
          {...countFinished(labels, meta.asOf, meta.timeZone)}
        />
      </section>
      <div class="grid">
        <List title="Top pages" rows={data.pages} />
        <List title="Sources" rows={data.sources} />
        <List title="Countries" rows={data.countries} />
        <List title="Devices" rows={data.devices} />
        <SignalCards signals={data.signals} />
      </div>
      <footer>
        live generation {meta.generation} · definitions {meta.definitions} · complete to{' '}
        {meta.asOf === null ? '–' : new Date(meta.asOf).toLocaleTimeString()} ·{' '}
        {meta.exact
          ? 'all counts exact'
          : `visitors ±${(meta.errorRate * 100).toFixed(1)}%, all other counts exact`}{' '}
        · days are days in {meta.timeZone}
      </footer>
    </>
  );
}

/** What a site's owner puts into the head of every page. */
export function snippetOf(siteId: string): string {
  const path = document.querySelector<HTMLMetaElement>('meta[name=hindsight-hit-path]')?.content;
  return `<script async src="${location.origin}/${path ?? 'h'}/${siteId}.js"></script>`;
}
