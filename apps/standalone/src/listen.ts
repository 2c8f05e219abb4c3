import 'reflect-metadata';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DynamicModule, Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { IngestModule } from '../../ingest/src/ingest.module.js';
import { QueryModule } from '../../query/src/query.module.js';
import { registerQueryLimits } from '../../query/src/web/limits.js';
import { registerPages } from '../../query/src/web/pages.js';
import { RequestErrors } from '../../query/src/web/request-errors.js';
import { registerHealth } from './health.js';
import type { ListenParts } from './listen-parts.js';

/** A request that takes longer to arrive is no hit. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** A GraphQL document is text that somebody wrote. */
const BODY_BYTES_MAX = 256 * 1024;

@Module({})
class StandaloneModule {
  static with(parts: ListenParts): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [IngestModule.with(parts.doors), QueryModule.with(parts)],
    };
  }
}

/** Starts the one server: hits go straight to their door, everything else to Nest. */
export async function listen(parts: ListenParts): Promise<{ url: string; close(): Promise<void> }> {
  const { doors, settings } = parts;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    serverFactory: (handler: RequestListener): Server =>
      createServer(
        {
          requestTimeout: REQUEST_TIMEOUT_MS,
          headersTimeout: HEADERS_TIMEOUT_MS,
          keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        },
        (request, response) => {
          if (!doors.handle(request, response)) handler(request, response);
        },
      ),
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    StandaloneModule.with(parts),
    adapter,
    {
      logger: ['error', 'warn'],
      abortOnError: false,
    },
  );
  app.useGlobalPipes(new ValidationPipe({ transform: true }));
  app.useGlobalFilters(new RequestErrors());
  const fastify = app.getHttpAdapter().getInstance();
  registerQueryLimits(fastify, settings);
  registerHealth(fastify, parts);
  registerPages(fastify, settings.hitPath);
  await app.listen(settings.port, settings.host);
  const { port, family, address } = app.getHttpServer().address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${host}:${port}`, close: () => app.close() };
}
