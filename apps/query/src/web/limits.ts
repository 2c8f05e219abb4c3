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
}
