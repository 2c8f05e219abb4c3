// A long history: the fold from nothing, bytes on disk, restart, reports over it.
import { spawnSync } from 'node:child_process';
import { ask, CLI, end, environment, memory, percentile, settled, start } from './product.mjs';

const CLIENTS = 8;
const QUESTIONS = 160;
const DAY_MS = 86_400_000;
export const DIMENSIONS = [
  'PAGE',
  'SOURCE',
  'COUNTRY',
  'BROWSER',
  'ENTRY_PAGE',
  'CHANNEL',
  'TITLE',
  'DEVICE',
];
const OVERVIEW = `query ($range: DateRange!) {
  site(id: "demo") { name timeZone
    sum: report(range: $range, compare: { mode: PREVIOUS_PERIOD }) { totals { ...Kpi } previous { ...Kpi } meta { asOf exact } }
    trend: report(range: $range, compare: { mode: PREVIOUS_PERIOD }, dimensions: [DAY], first: 400) { rows { dimensions { value } metrics { ...Kpi } previous { ...Kpi } } }
    channels: report(range: $range, compare: { mode: PREVIOUS_PERIOD }, dimensions: [CHANNEL], first: 8) { ...Card }
    pages: report(range: $range, compare: { mode: PREVIOUS_PERIOD }, dimensions: [PAGE], first: 8) { ...Card }
    countries: report(range: $range, compare: { mode: PREVIOUS_PERIOD }, dimensions: [COUNTRY], first: 8) { ...Card }
    devices: report(range: $range, compare: { mode: PREVIOUS_PERIOD }, dimensions: [DEVICE], first: 8) { ...Card }
    events: report(range: $range, compare: { mode: PREVIOUS_PERIOD }, dimensions: [EVENT], first: 8) { ...Card }
    now: realtime(minutes: 5) { visitors } } }
fragment Kpi on Metrics { visitors newVisitors sessions views bounceRate averageEngagementTime keyEvents revenue }
fragment Card on Report { rows { dimensions { value } metrics { visitors } previous { visitors } } rowCount }`;
export const ONE = `query ($range: DateRange!, $by: [Dimension!]) {
  site(id: "demo") { report(range: $range, dimensions: $by, first: 100) { totals { visitors views } rows { dimensions { value } metrics { visitors views sessions } } } } }`;

const iso = (ms) => new Date(ms).toISOString().slice(0, 10);
export const range = (days, back) => ({
  from: iso(Date.now() - (days + back) * DAY_MS),
  to: iso(Date.now() - back * DAY_MS),
});

/** Milliseconds of every question, asked by `CLIENTS` clients at once. */
export async function times(port, questions) {
  const all = [];
  let next = 0;
  const client = async () => {
    while (next < questions.length) {
      const { query, variables } = questions[next++];
      const from = performance.now();
      await ask(port, query, variables);
      all.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return all;
}

export async function measureHistory(directory, events, note) {
  const env = environment(directory);
  const name = `${events / 1e6} M`;
  spawnSync(process.execPath, [CLI, 'seed', '--events', String(events), '--days', '365'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const product = await start([CLI, 'start'], env);
  const from = performance.now();
  await settled(product.port, (left) => {
    const seconds = (performance.now() - from) / 1000;
    const rate = (events - left) / seconds;
    process.stderr.write(
      `\rfold: ${events - left} of ${events}, ${Math.round(rate)}/s, ${Math.round(left / rate)} s left   `,
    );
  });
  process.stderr.write('\n');
  note(`log to rows, ${name} events, events/s`, events / ((performance.now() - from) / 1000));
  note(`memory after folding ${name}, MB`, memory(product.child.pid).own);
  await end(product.child);
  const bytes = spawnSync('du', ['-sb', directory], { encoding: 'utf8' });
  note(`bytes on disk per event, ${name}`, Number.parseInt(bytes.stdout, 10) / events);
  const again = await start([CLI, 'start'], env);
  note(`restart with ${name} events, ms`, again.ms);
  const { port } = again;
  const year = (_, n) => ({
    query: ONE,
    variables: { range: range(364, n % 50), by: [DIMENSIONS[n % DIMENSIONS.length]] },
  });
  await times(
    port,
    Array.from({ length: 40 }, (_, n) => ({
      query: ONE,
      variables: { range: range(30, n), by: ['OS'] },
    })),
  );
  // Each range and dimension once: nothing of it is in the cache.
  const cold = await times(port, Array.from({ length: QUESTIONS }, year));
  note(
    `12 months by one dimension, ${name}, cold, p50 / p99 ms`,
    `${percentile(cold, 0.5).toFixed(1)} / ${percentile(cold, 0.99).toFixed(1)}`,
  );
  const warm = await times(
    port,
    Array.from({ length: QUESTIONS }, (_, n) => year(_, n % 8)),
  );
  note(
    `12 months by one dimension, ${name}, warm, p50 / p99 ms`,
    `${percentile(warm, 0.5).toFixed(1)} / ${percentile(warm, 0.99).toFixed(1)}`,
  );
  const overview = await times(
    port,
    Array.from({ length: 100 }, (_, n) => ({
      query: OVERVIEW,
      variables: { range: range(29, n) },
    })),
  );
  note(
    `30-day overview in one request, ${name}, cold, p50 / p99 ms`,
    `${percentile(overview, 0.5).toFixed(1)} / ${percentile(overview, 0.99).toFixed(1)}`,
  );
  const often = await times(
    port,
    Array.from({ length: QUESTIONS }, () => ({
      query: OVERVIEW,
      variables: { range: range(29, 0) },
    })),
  );
  note(
    `30-day overview in one request, ${name}, warm, p50 / p99 ms`,
    `${percentile(often, 0.5).toFixed(1)} / ${percentile(often, 0.99).toFixed(1)}`,
  );
  await end(again.child);
}
