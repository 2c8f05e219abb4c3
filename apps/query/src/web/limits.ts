import type { FastifyInstance } from 'fastify';
import { ClientAddress, RateLimit } from '#http';
import type { Settings } from '#settings';

/** Limits how often an address may ask, before anything is parsed. */
export function registerQueryLimits(fastify: FastifyInstance, settings: Settings): void {
  const rateLimit = new RateLimit(settings.queryRateLimit);
  const clientAddress = new ClientAddress(settings.trustProxy);
  fastify.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/graphql')) return;
    const now = Date.now();
    if (rateLimit.take(clientAddress.of(request.raw), 1, now)) return;
    const message = `an address may ask ${rateLimit.perMinute} times a minute`;
    await reply
      .code(429)
      .header('retry-after', RateLimit.retryAfterSeconds(now))
      .send({ data: null, errors: [{ message, extensions: { code: 'RATE_LIMITED' } }] });
  });
  fastify.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const isTheirs = (error.statusCode ?? 500) < 500;
    const message = isTheirs ? error.message : 'this could not be answered';
    if (!isTheirs) {
      const { stack } = error;
      process.stderr.write(`${JSON.stringify({ event: 'request_failed', error: stack })}\n`);
    }
    const code = isTheirs ? 'BAD_INPUT' : 'UNAVAILABLE';
    const isGraphql = request.url.startsWith('/graphql');
    await reply
      .code(isTheirs ? (error.statusCode ?? 400) : isGraphql ? 200 : 503)
      .send({ data: null, errors: [{ message, extensions: { code } }] });
  });
}
