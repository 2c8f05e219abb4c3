// The door: start, memory at rest, single hits against a bare server, hits in tens.
import { drive } from './driver.mjs';
import { bodyOf, CLI, createSite, end, environment, memory, start } from './product.mjs';

const SECONDS = 8;
/** Each waits for its answer and every answer for the disk: with few of them the disk's latency is measured. */
const CONNECTIONS = 256;
/** V8 gives the memory of the start back when nothing has happened for some twenty seconds. */
const REST_MS = 30_000;

export async function measureHits(directory, note) {
  const bare = await start(['bench/bare-server.mjs']);
  const product = await start([CLI, 'start'], environment(directory));
  const { port } = product;
  await createSite(port, 'bench');
  const first = await drive({
    port,
    path: '/h',
    connections: 1,
    seconds: 0.001,
    makeBody: (n) => bodyOf(n + 1e9, 1),
  });
  note('cold start to first accepted hit, ms', performance.now() - product.startedAt);
  if (first.refused > 0) throw new Error('the first hit was refused');
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  note('memory idle, MB', memory(product.child.pid).rss);
  const load = { connections: CONNECTIONS, seconds: SECONDS };
  const warm = { connections: 8, seconds: 2 };
  const ratios = [];
  let refused = 0;
  for (let round = 0; round < 3; round += 1) {
    const base = (round + 2) * 1e9;
    await drive({ port: bare.port, path: '/', ...warm, makeBody: (n) => bodyOf(base + n, 1) });
    const limit = await drive({
      port: bare.port,
      path: '/',
      ...load,
      makeBody: (n) => bodyOf(base + n, 1),
    });
    await drive({ port, path: '/h', ...warm, makeBody: (n) => bodyOf(base + 4e8 + n, 1) });
    const single = await drive({ port, path: '/h', ...load, makeBody: (n) => bodyOf(base + n, 1) });
    refused += single.refused;
    ratios.push({ ratio: single.perSecond / limit.perSecond, limit, single });
  }
  const { ratio, limit, single } = ratios.sort((a, b) => a.ratio - b.ratio)[1];
  note('bare node:http with JSON.parse, requests/s', limit.perSecond);
  note('one event a request, acknowledged durable, requests/s', single.perSecond);
  note('ratio to bare', ratio);
  const tens = await drive({ port, path: '/h', ...load, makeBody: (n) => bodyOf(9e9 + n, 10) });
  note('accepted in tens, events/s', tens.perSecond * 10);
  note('refused', refused + tens.refused);
  await end(bare.child);
  await end(product.child);
}
