import { readFileSync } from 'node:fs';
import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { EventLog } from '#eventlog';
import { ClientAddress } from '#http';
import type { RefusalStore, Registry, ReportStore } from '#readmodel';
import type { Settings } from '#settings';
import { Access } from './graphql/access.js';
import { AdminResolver } from './graphql/admin.resolver.js';
import { CatalogueResolver } from './graphql/catalogue.resolver.js';
import { complexityRule } from './graphql/complexity.js';
import { formatErrors } from './graphql/format-errors.js';
import { GenerationResolver } from './graphql/generation.resolver.js';
import { SiteResolver } from './graphql/site.resolver.js';
import { PackedBuckets } from './reports/packed-buckets.js';
import { Reports } from './reports/reports.js';

const SCHEMA_FILE = new URL('../schema.graphql', import.meta.url);

/** What the query application is made of. */
export interface QueryParts {
  readonly store: ReportStore;
  readonly registry: Registry;
  readonly refusals: RefusalStore;
  readonly log: EventLog;
  readonly settings: Settings;
  readonly now?: () => number;
  /** Filled from outside as well: what is asked first is there then. */
  readonly packed?: PackedBuckets;
}

@Module({})
export class QueryModule {
  /** The GraphQL API over given parts. */
  static with(parts: QueryParts): DynamicModule {
    const { store, registry, refusals, log, settings, now = Date.now } = parts;
    const { packed = new PackedBuckets(store) } = parts;
    const access = new Access(
      registry,
      settings.adminToken,
      new ClientAddress(settings.trustProxy),
    );
    const reports = new Reports({ store, registry, log, now, packed });
    return {
      module: QueryModule,
      imports: [GraphQLModule.forRoot<MercuriusDriverConfig>(graphqlOptions(access))],
      providers: [
        {
          provide: SiteResolver,
          useValue: new SiteResolver({ access, registry, store, refusals, reports, now }),
        },
        { provide: AdminResolver, useValue: new AdminResolver({ access, registry, log, now }) },
        {
          provide: GenerationResolver,
          useValue: new GenerationResolver({ access, registry, store, log }),
        },
        CatalogueResolver,
      ],
    };
  }
}

function graphqlOptions(access: Access): MercuriusDriverConfig {
  return {
    driver: MercuriusDriver,
    typeDefs: readFileSync(SCHEMA_FILE, 'utf8'),
    path: '/graphql',
    graphiql: false,
    jit: 1,
    allowBatchedQueries: false,
    validationRules: [complexityRule],
    context: (request: FastifyRequest, reply: FastifyReply) =>
      access.contextOf(request, (cookie) => void reply.header('set-cookie', cookie)),
    subscription: {
      context: (_socket: unknown, request: FastifyRequest) => access.contextOf(request, () => {}),
    },
    errorFormatter: (execution: { data?: unknown; errors?: readonly GraphQLError[] }) => ({
      statusCode: 200,
      response: {
        data: (execution.data ?? null) as null,
        errors: formatErrors(execution.errors ?? []) as unknown as GraphQLError[],
      },
    }),
  } as unknown as MercuriusDriverConfig;
}
