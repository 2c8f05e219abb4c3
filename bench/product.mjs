// Starts and asks the built product, as every part of the benchmark needs it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const CLI = 'dist/bundle/main.js';
export const TOKEN = 'benchmark-administrator-token-012345';

/** Environment of a product on `directory`, on a free port. */
export const environment = (directory) => ({
  PATH: process.env.PATH,
  HINDSIGHT_DATA: directory,
  HINDSIGHT_PORT: '0',
  HINDSIGHT_ADMIN_TOKEN: TOKEN,
});

/** Starts a program that prints where it listens; `ms` is how long that took. */
export async function start(args, env = process.env) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
    child.stdout.on('data', (part) => {
      const match = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(String(part));
      if (match) resolve(Number(match[1]));
    });
  });
  return { child, port, startedAt, ms: performance.now() - startedAt };
}

export const end = (child) =>
  new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });

/** Asks GraphQL and throws what it refuses. */
export async function ask(port, query, variables = {}) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors?.length > 0) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

export const createSite = (port, id) =>
  ask(
    port,
    `mutation { createSite(input: { id: "${id}", name: "${id}", domains: ["${id}.example"] }) { id } }`,
  );

/** Events that are in the log and not yet in the rows. */
export async function lag(port) {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/hindsight_projector_lag_events (\d+)/.exec(metrics)[1]);
}

/** Resolves when every event is in the rows. */
export async function settled(port, onLag = () => {}) {
  for (;;) {
    const events = await lag(port);
    if (events === 0) return;
    onLag(events);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Memory of a process in MB: its own, and with the pages of its files. */
export function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024;
  return { rss: of('VmRSS'), own: of('RssAnon') };
}

/** One body of the wire format with `events` events of visitor `visitor`. */
export function bodyOf(n, events, visitor = n % 5000) {
  const now = Date.now();
  const list = Array.from(
    { length: events },
    (_, index) =>
      `{"i":"${n}-${index}","n":"page_view","t":${now},"u":"https://bench.example/page-${(n + index) % 500}?utm_source=x","h":"Page ${(n + index) % 500}"}`,
  );
  return `{"v":1,"s":"bench","b":"b${n}","t":${now},"c":"v${visitor}","n":[1700000000,1],"k":1,"x":{"sc":"1920x1080","l":["en-US"],"z":"Europe/Berlin"},"e":[${list.join(',')}]}`;
}

/** The value below which a share of a list lies. */
export function percentile(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
