import 'reflect-metadata';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { type DynamicModule, Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerHealth, closeServer, type Health, httpServer, urlOf } from '#http';
import { QueryModule, type QueryParts } from '../query.module.js';
import { registerQueryLimits } from './limits.js';
import { registerPages } from './pages.js';
import { RequestErrors } from './request-errors.js';

/** A GraphQL document is text that somebody wrote. */
const BODY_BYTES_MAX = 256 * 1024;

/** What answers requests. */
export interface ListenParts extends QueryParts {
  readonly health: Health;
  /** Modules beside the API's own. */
  readonly modules?: readonly DynamicModule[];
  /** A door in front of any router: true when the request was for it. */
  readonly door?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

@Module({})
class ListenModule {
  static with(parts: ListenParts): DynamicModule {
    const imports = [...(parts.modules ?? []), QueryModule.with(parts)];
    return { module: ListenModule, imports };
  }
}

/** Starts the server: what is for the door or about health is answered at once, all else by Nest. */
export async function listen(parts: ListenParts): Promise<{ url: string; close(): Promise<void> }> {
  const { settings, health, door = () => false } = parts;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    serverFactory: (handler: RequestListener): Server =>
      httpServer((request, response) => {
        if (door(request, response) || answerHealth(health, request, response)) return;
        handler(request, response);
      }),
  });
  const options = { logger: ['error', 'warn'] as ('error' | 'warn')[], abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(
    ListenModule.with(parts),
    adapter,
    options,
  );
  app.useGlobalPipes(new ValidationPipe({ transform: true }));
  app.useGlobalFilters(new RequestErrors());
  const fastify = app.getHttpAdapter().getInstance();
  registerQueryLimits(fastify, settings);
  registerPages(fastify, settings.hitPath);
  await app.listen(settings.port, settings.host);
  const server = app.getHttpServer() as Server;
  const close = async () => {
    await closeServer(server);
    await app.close();
  };
  return { url: urlOf(server), close };
}
