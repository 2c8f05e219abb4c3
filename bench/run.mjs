// `npm run bench`: measures the product beside its limits in one run, and writes bench/results/latest.json.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { drive } from './driver.mjs';

const CLI = 'dist/apps/cli/src/main.js';
const TOKEN = 'benchmark-administrator-token-012345';
const SECONDS = 5;
const CONNECTIONS = 64;
const SEED_EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const directory = mkdtempSync(join(tmpdir(), 'hindsight-bench-'));
const env = {
  PATH: process.env.PATH,
  HINDSIGHT_DATA: directory,
  HINDSIGHT_PORT: '0',
  HINDSIGHT_ADMIN_TOKEN: TOKEN,
};
const results = {};

const note = (name, value) => {
  results[name] = typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
  console.log(`${name}: ${results[name]}`);
};

async function start(args) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve) => {
    child.stdout.on('data', (part) => {
      const match = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(String(part));
      if (match) resolve(Number(match[1]));
    });
  });
  return { child, port, ms: performance.now() - startedAt };
}

const end = (child) =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });

async function ask(port, query) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query }),
  });
  const answer = await response.json();
  if (answer.errors?.length > 0) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

const event = (n, index) =>
  `{"i":"${n}-${index}","n":"page_view","t":${Date.now()},"u":"https://bench.example/page-${n % 500}?utm_source=x","h":"Page ${n % 500}"}`;
const body = (events) => (n) =>
  `{"v":1,"s":"bench","b":"b${n}","t":${Date.now()},"c":"v${n % 5000}","n":[1700000000,1],"k":1,"x":{"sc":"1920x1080","l":["en-US"],"z":"Europe/Berlin"},"e":[${Array.from({ length: events }, (_, index) => event(n, index)).join(',')}]}`;
const rss = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

try {
  const bare = await start(['bench/bare-server.mjs']);
  const product = await start([CLI, 'start']);
  note('cold start, ms', product.ms);
  note('RSS idle, MB', rss(product.child.pid));
  await ask(
    product.port,
    'mutation { createSite(input: { id: "bench", name: "bench", domains: ["bench.example"] }) { id } }',
  );
  await drive({
    port: product.port,
    path: '/h',
    connections: 8,
    seconds: 1,
    makeBody: (n) => body(1)(n + 1e9),
  });
  const one = { connections: CONNECTIONS, seconds: SECONDS, makeBody: body(1) };
  const limit = await drive({ port: bare.port, path: '/', ...one });
  const single = await drive({ port: product.port, path: '/h', ...one });
  note('bare node:http with JSON.parse, requests/s', limit.perSecond);
  note('one event a request, acknowledged durable, requests/s', single.perSecond);
  note('ratio to bare', single.perSecond / limit.perSecond);
  const tens = await drive({
    port: product.port,
    path: '/h',
    connections: CONNECTIONS,
    seconds: SECONDS,
    makeBody: (n) => body(10)(n + 2e9),
  });
  note('accepted in tens, events/s', tens.perSecond * 10);
  note('refused', single.refused + tens.refused);
  await end(bare.child);
  await end(product.child);
  rmSync(directory, { recursive: true, force: true });

  spawnSync(process.execPath, [CLI, 'seed', '--events', String(SEED_EVENTS), '--days', '365'], {
    env,
    stdio: 'ignore',
  });
  const again = await start([CLI, 'start']);
  const foldedFrom = performance.now();
  for (;;) {
    const metrics = await (await fetch(`http://127.0.0.1:${again.port}/metrics`)).text();
    if (/lag_events 0\n/.test(metrics)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  note('events folded', SEED_EVENTS);
  note('log to rows, events/s', SEED_EVENTS / ((performance.now() - foldedFrom) / 1000));
  for (const [name, dimension] of [
    ['pages', 'PAGE'],
    ['sources', 'SOURCE'],
    ['countries', 'COUNTRY'],
  ]) {
    const query = `{ site(id: "demo") { report(range: { preset: LAST_12_MONTHS }, dimensions: [${dimension}]) { totals { visitors } rows { metrics { visitors views } } } } }`;
    const times = [];
    for (let n = 0; n < 5; n += 1) {
      const from = performance.now();
      await ask(again.port, query);
      times.push(performance.now() - from);
    }
    note(`12 months of ${name}, first, ms`, times[0]);
    note(`12 months of ${name}, again, ms`, Math.min(...times.slice(1)));
  }
  await end(again.child);
  const du = spawnSync('du', ['-sb', directory], { encoding: 'utf8' });
  note('bytes on disk per event', Number.parseInt(du.stdout, 10) / SEED_EVENTS);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
writeFileSync(
  'bench/results/latest.json',
  `${JSON.stringify({ at: new Date().toISOString(), machine, results }, null, 2)}\n`,
);
