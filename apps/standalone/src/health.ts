import type { FastifyInstance } from 'fastify';
import { FIRST_GENERATION } from '#readmodel';
import type { ListenParts } from './listen-parts.js';

/** How far the numbers may be behind the log before the product says that it is not ready. */
const LAG_MAX_EVENTS = 1_000_000;

/** `/healthz`, `/readyz` and `/metrics`. */
export function registerHealth(fastify: FastifyInstance, parts: ListenParts): void {
  fastify.get('/healthz', async () => ({ status: 'ok' }));
  fastify.get('/readyz', async (_request, reply) => {
    const reasons: string[] = [];
    try {
      const lag = await lagOf(parts);
      if (lag > LAG_MAX_EVENTS) reasons.push(`the numbers are ${lag} events behind the log`);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
    const { failure } = parts.projector;
    if (failure !== null) reasons.push(`the projector stopped: ${failure}`);
    reply.code(reasons.length === 0 ? 200 : 503);
    return { status: reasons.length === 0 ? 'ready' : 'not ready', reasons };
  });
  fastify.get('/metrics', async (_request, reply) => {
    reply.type('text/plain; version=0.0.4');
    const lag = await lagOf(parts);
    const { rss } = process.memoryUsage();
    return `${parts.doors.metrics.text()}# TYPE hindsight_projector_lag_events gauge
hindsight_projector_lag_events ${lag}
# TYPE hindsight_memory_bytes gauge
hindsight_memory_bytes ${rss}
`;
  });
}

/** Events that are in the log and not yet in the numbers. */
async function lagOf({ log, store }: ListenParts): Promise<number> {
  const checkpoints = await store.checkpoints(FIRST_GENERATION);
  let lag = 0;
  for (let partition = 0; partition < log.partitions; partition += 1) {
    lag += (await log.head(partition)) - (checkpoints.get(partition)?.offset ?? 0);
  }
  return lag;
}
