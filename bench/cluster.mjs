// `npm run bench:cluster`: the cluster's processes over real Kafka and Cassandra, all on this machine, so in events per
// second of a process's own processor time. BENCH_EVENTS: events of the history (1,000,000). BENCH_SESSIONS: sessions
// that can change when a projector dies (1,000,000). Writes bench/results/cluster.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { Cluster } from '../deploy/local/cluster.mjs';
import { drive } from './driver.mjs';
import { DIMENSIONS, ONE, range, times } from './history.mjs';
import { probe } from './live.mjs';
import { bodyOf, createSite, percentile, settled, TOKEN } from './product.mjs';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const SESSIONS = Number(process.env.BENCH_SESSIONS ?? 1_000_000);
/** What `seed` makes of so many events in a day. */
const EVENTS_PER_SESSION = 3;
const SITES = 12;
const QUESTIONS = 160;
const PROBES = 100;
const PROBE_EVERY_MS = 200;
const TICKS_PER_SECOND = 100;

const results = {};
const note = (name, value) => {
  results[name] = typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
  console.log(`${name}: ${results[name]}`);
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (line) => process.stderr.write(`${line}\n`);

const cluster = await Cluster.up({
  settings: { HINDSIGHT_ADMIN_TOKEN: TOKEN },
  counts: { ingest: 1, projector: 3, query: 1 },
  tell: () => {},
});
const portOf = (name) => Number(new URL(cluster.urlOf(name)).port);
const [ingest, query] = [portOf('ingest-1'), portOf('query-1')];

/** Seconds of processor time that a process has had. */
function processorTime(name) {
  const stat = readFileSync(`/proc/${cluster.pidOf(name)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function metric(name, pattern) {
  const text = await (await fetch(`${cluster.urlOf(name)}/metrics`)).text();
  return [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
}
const rowsWritten = () => metric('projector-1', /hindsight_rows_written_total (\d+)/g);
const bytesWritten = () => metric('projector-1', /hindsight_row_bytes_written_total (\d+)/g);
const folded = () => metric('projector-1', /folded_events_total\{[^}]*\} (\d+)/g);
const showLag = (left) => process.stderr.write(`\r${left} events left   `);

/** Fills the log; gives what it said. */
async function seed(...args) {
  const { code, text } = await cluster.command('seed', ...args);
  if (code !== 0) throw new Error(`seed ended with ${code}: ${text}`);
  return text.trim().split('\n').at(-1);
}

async function measureIngest() {
  for (const name of cluster.names('projector')) await cluster.stop(name);
  await createSite(query, 'bench');
  await sleep(1000);
  const load = { port: ingest, path: '/h', connections: 64, makeBody: (n) => bodyOf(n, 10) };
  await drive({ ...load, seconds: 2 });
  const before = processorTime('ingest-1');
  const makeBody = (n) => bodyOf(1e9 + n, 10);
  const { perSecond, refused } = await drive({ ...load, seconds: 8, makeBody });
  const spent = processorTime('ingest-1') - before;
  note('ingest to Kafka in tens, events/s', perSecond * 10);
  note('ingest to Kafka in tens, events per second of processor time', (perSecond * 80) / spent);
  note('refused', refused);
}

async function measureFold() {
  await cluster.start('projector-1');
  await settled(query, showLag);
  const args = ['--events', String(EVENTS), '--days', '365'];
  await cluster.stop('projector-1');
  say(await seed(...args));
  await cluster.start('projector-1');
  const [rows, bytes] = [await rowsWritten(), await bytesWritten()];
  const [cpu, at] = [processorTime('projector-1'), performance.now()];
  await settled(query, showLag);
  const spent = processorTime('projector-1') - cpu;
  note('Kafka to Cassandra, events/s', EVENTS / ((performance.now() - at) / 1000));
  note('Kafka to Cassandra, events per second of processor time', EVENTS / spent);
  note('rows written per event while catching up', ((await rowsWritten()) - rows) / EVENTS);
  note('bytes written per event while catching up', ((await bytesWritten()) - bytes) / EVENTS);
}

async function measureQuestions() {
  const year = (n) => ({
    query: ONE,
    variables: { range: range(364, n % 50), by: [DIMENSIONS[n % DIMENSIONS.length]] },
  });
  const list = (of) => Array.from({ length: QUESTIONS }, (_, n) => year(of(n)));
  const show = (name, all) =>
    note(name, `${percentile(all, 0.5).toFixed(1)} / ${percentile(all, 0.99).toFixed(1)}`);
  // What runs for the first time is compiled; of these ranges and this dimension nothing is asked again.
  await times(
    query,
    Array.from({ length: 40 }, (_, n) => ({
      query: ONE,
      variables: { range: range(30, n), by: ['OS'] },
    })),
  );
  show(
    '12 months by one dimension, cold, p50 / p99 ms',
    await times(
      query,
      list((n) => n),
    ),
  );
  await times(query, list((n) => n).slice(0, 8));
  show(
    '12 months by one dimension, warm, p50 / p99 ms',
    await times(
      query,
      list((n) => n % 8),
    ),
  );
}

async function measureLive() {
  const seconds = (PROBES * PROBE_EVERY_MS) / 1000 + 10;
  const makeBody = (n) => bodyOf(3e9 + n, 10);
  const load = drive({
    ...{ port: ingest, path: '/h', connections: 16, seconds, perSecond: 200 },
    makeBody,
  });
  await sleep(3000);
  const [rows, bytes, events] = [await rowsWritten(), await bytesWritten(), await folded()];
  const probes = [];
  for (let n = 0; n < PROBES; n += 1) {
    probes.push(probe(query, n, ingest));
    await sleep(PROBE_EVERY_MS);
  }
  const all = await Promise.all(probes);
  note(
    'event to answer at 2,000 events/s, p50 / p99 ms',
    `${percentile(all, 0.5).toFixed(0)} / ${percentile(all, 0.99).toFixed(0)}`,
  );
  const [rowsNow, bytesNow, eventsNow] = [
    await rowsWritten(),
    await bytesWritten(),
    await folded(),
  ];
  note('rows written per event at 2,000 events/s', (rowsNow - rows) / (eventsNow - events));
  note('bytes written per event at 2,000 events/s', (bytesNow - bytes) / (eventsNow - events));
  note('events/s meanwhile', (await load).perSecond * 10);
  await settled(query, showLag);
}

/** Rows written per event when many events come between two flushes. */
async function measureCoalescing() {
  const makeBody = (n) => bodyOf(5e9 + n, 10);
  const load = { port: ingest, path: '/h', connections: 64, perSecond: 2000, makeBody };
  await drive({ ...load, seconds: 3 });
  const [rows, bytes, events] = [await rowsWritten(), await bytesWritten(), await folded()];
  const { perSecond } = await drive({ ...load, seconds: 20, makeBody: (n) => bodyOf(6e9 + n, 10) });
  const [rowsNow, bytesNow, eventsNow] = [
    await rowsWritten(),
    await bytesWritten(),
    await folded(),
  ];
  note('events/s while rows were counted', perSecond * 10);
  note('of them folded, events/s', (eventsNow - events) / 20);
  note('rows written per event at 20,000 events/s', (rowsNow - rows) / (eventsNow - events));
  note('bytes written per event at 20,000 events/s', (bytesNow - bytes) / (eventsNow - events));
  await settled(query, showLag);
}

async function measureTakeOver() {
  const events = SESSIONS * EVENTS_PER_SESSION;
  const args = ['--events', String(events), '--days', '1', '--sites', String(SITES)];
  const [cpu, rows] = [processorTime('projector-1'), await rowsWritten()];
  say(await seed(...args));
  await settled(query, showLag);
  const spentOnDay = processorTime('projector-1') - cpu;
  note(`a day of ${events} events, events per second of processor time`, events / spentOnDay);
  note('rows written per event of that day', ((await rowsWritten()) - rows) / events);
  for (const name of ['projector-2', 'projector-3']) await cluster.start(name);
  await settled(query, showLag);
  await sleep(15_000);
  const before = processorTime('projector-2') + processorTime('projector-3');
  const at = performance.now();
  await cluster.stop('projector-1', 'SIGKILL');
  // One event for every site: those of the dead projector wait for its heirs.
  say(await seed('--events', '500', '--days', '1', '--sites', String(SITES)));
  await settled(query, showLag);
  note('take-over after kill -9, until nothing waits, ms', performance.now() - at);
  const spent = processorTime('projector-2') + processorTime('projector-3') - before;
  note('processor time of the heirs, s', spent);
}

try {
  const parts = [measureIngest, measureFold, measureQuestions, measureLive, measureCoalescing];
  for (const part of [...parts, measureTakeOver]) {
    say(`\n${part.name} …`);
    await part();
  }
} finally {
  await cluster.down();
}
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
const sizes = { events: EVENTS, sessions: SESSIONS };
const text = JSON.stringify({ at: new Date().toISOString(), machine, sizes, results }, null, 2);
writeFileSync('bench/results/cluster.json', `${text}\n`);
