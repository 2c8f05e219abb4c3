import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a process says of itself. */
export interface Health {
  /** Why it cannot do its work now, one sentence each; empty = it can. */
  readonly reasons: () => Promise<readonly string[]>;
  /** Its counters and gauges in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

/** Answers `/healthz`, `/readyz` and `/metrics`; false = the request is for somebody else. */
export function answerHealth(
  health: Health,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = request.url?.split('?', 1)[0];
  if (path === '/healthz') send(response, 200, JSON.stringify({ status: 'ok' }));
  else if (path === '/readyz') void answerReady(health, response);
  else if (path === '/metrics') void answerMetrics(health, response);
  else return false;
  return true;
}

async function answerReady(health: Health, response: ServerResponse): Promise<void> {
  const reasons = await health.reasons().catch((error: unknown) => [textOf(error)]);
  const isReady = reasons.length === 0;
  const status = isReady ? 'ready' : 'not ready';
  send(response, isReady ? 200 : 503, JSON.stringify({ status, reasons }));
}

async function answerMetrics(health: Health, response: ServerResponse): Promise<void> {
  try {
    const memory = `# TYPE hindsight_memory_bytes gauge
hindsight_memory_bytes ${process.memoryUsage().rss}
`;
    send(response, 200, (await health.metrics()) + memory, 'text/plain; version=0.0.4');
  } catch (error) {
    send(response, 503, `${textOf(error)}\n`, 'text/plain');
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'application/json',
): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
