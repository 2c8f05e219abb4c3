// Under steady traffic: how long an event takes into an answer, and what memory a million sessions take.
import { drive } from './driver.mjs';
import {
  ask,
  bodyOf,
  CLI,
  createSite,
  end,
  environment,
  lag,
  memory,
  percentile,
  settled,
  start,
} from './product.mjs';

const PROBES = 200;
const PROBE_EVERY_MS = 100;
const ASK_EVERY_MS = 5;
const VISITORS = 1_000_000;

const SEEN =
  'query ($name: String!) { site(id: "bench") { report(range: { preset: TODAY }, dimensions: [EVENT], search: $name) { rowCount } } }';

export async function probe(port, n, hitPort = port) {
  const name = `probe-${n}`;
  const from = performance.now();
  const body = bodyOf(2e12 + n, 1).replace('page_view', name);
  const response = await fetch(`http://127.0.0.1:${hitPort}/h`, {
    method: 'POST',
    headers: {
      'user-agent':
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    },
    body,
  });
  if (response.status !== 202) throw new Error(`the probe was answered ${response.status}`);
  for (;;) {
    const { site } = await ask(port, SEEN, { name });
    if (site.report.rowCount > 0) return performance.now() - from;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

export async function measureLatency(directory, note) {
  const { child, port } = await start([CLI, 'start'], environment(directory));
  await createSite(port, 'bench');
  const seconds = (PROBES * PROBE_EVERY_MS) / 1000 + 10;
  const load = drive({
    port,
    path: '/h',
    connections: 32,
    seconds,
    perSecond: 500,
    makeBody: (n) => bodyOf(n, 10),
  });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const probes = [];
  for (let n = 0; n < PROBES; n += 1) {
    probes.push(probe(port, n));
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  const times = await Promise.all(probes);
  note(
    'event to answer at 5,000 events/s, p50 / p99 ms',
    `${percentile(times, 0.5).toFixed(0)} / ${percentile(times, 0.99).toFixed(0)}`,
  );
  note('events/s meanwhile', (await load).perSecond * 10);
  await end(child);
}

export async function measureMemory(directory, note) {
  const { child, port } = await start([CLI, 'start'], environment(directory));
  await createSite(port, 'bench');
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, memory(child.pid).own);
  }, 500);
  // Two visitors with five events each in a request: 20,000 events and 4,000 sessions a second.
  const makeBody = (n) =>
    `[${bodyOf(2 * n, 5, (2 * n) % VISITORS)},${bodyOf(2 * n + 1, 5, (2 * n + 1) % VISITORS)}]`;
  const seconds = VISITORS / 4000 + 10;
  const load = await drive({
    port,
    path: '/h',
    connections: 64,
    seconds,
    perSecond: 2000,
    makeBody,
  });
  note('events/s while memory was measured', load.perSecond * 10);
  note('events waiting for the projector at the end', await lag(port));
  note('most memory at that rate with 1 M sessions that can change, MB', most);
  clearInterval(timer);
  await settled(port);
  await end(child);
}
