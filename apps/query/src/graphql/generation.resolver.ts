import { Args, Context, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { REPORTS } from '#domain';
import type { EventLog } from '#eventlog';
import { type GenerationRecord, type Registry, type ReportStore, siteKeyOf } from '#readmodel';
import { QueryError, unavailable } from '../query-error.js';
import { type Access, mustBeAdmin, mustRead, type QueryContext } from './access.js';
import { changesOf } from './changes-of.js';
import { definitionsAnswer } from './definitions-answer.js';

const NOT_YET = 'Rebuilds are not available yet: there is one live generation, and it is complete.';
/** How often a subscriber hears of a generation's progress. */
const PROGRESS_INTERVAL_MS = 2000;

/** What the resolvers of generations work with. */
export interface GenerationParts {
  readonly access: Access;
  readonly registry: Registry;
  readonly store: ReportStore;
  readonly log: EventLog;
}

@Resolver()
export class GenerationResolver {
  constructor(private readonly parts: GenerationParts) {}

  @Query('generations')
  async generations(
    @Args('siteId') siteId: string | null,
    @Context() { viewer }: QueryContext,
  ): Promise<object[]> {
    mustRead(viewer);
    if (siteId != null) this.parts.access.siteOf(viewer, siteId);
    else mustBeAdmin(viewer);
    const all = [...this.parts.registry.view().generations.values()];
    return Promise.all(all.map((generation) => this.answer(generation, siteId ?? null)));
  }

  @Subscription('generation')
  generation(
    @Args('id') id: string,
    @Context() { viewer }: QueryContext,
  ): AsyncIterableIterator<{ generation: object }> {
    mustBeAdmin(viewer);
    const generation = this.parts.registry.view().generations.get(id);
    if (generation === undefined)
      throw new QueryError('NOT_FOUND', `there is no generation “${id}”`);
    return changesOf(
      async () => ({ generation: await this.answer(generation, null) }),
      PROGRESS_INTERVAL_MS,
    );
  }

  @Query('estimateRebuild')
  estimateRebuild(@Context() { viewer }: QueryContext): never {
    return this.notYet(viewer);
  }

  @Mutation('startRebuild')
  startRebuild(@Context() { viewer }: QueryContext): never {
    return this.notYet(viewer);
  }

  @Mutation('verifyGeneration')
  verifyGeneration(@Context() { viewer }: QueryContext): never {
    return this.notYet(viewer);
  }

  @Mutation('switchGeneration')
  switchGeneration(@Context() { viewer }: QueryContext): never {
    return this.notYet(viewer);
  }

  @Mutation('rollbackGeneration')
  rollbackGeneration(@Context() { viewer }: QueryContext): never {
    return this.notYet(viewer);
  }

  @Mutation('dropGeneration')
  dropGeneration(@Context() { viewer }: QueryContext): never {
    return this.notYet(viewer);
  }

  @Mutation('createShareLink')
  createShareLink(@Context() { viewer }: QueryContext): never {
    mustBeAdmin(viewer);
    throw unavailable('Share links are not available yet.');
  }

  @Mutation('revokeShareLink')
  revokeShareLink(@Context() { viewer }: QueryContext): never {
    mustBeAdmin(viewer);
    throw unavailable('Share links are not available yet.');
  }

  @Mutation('addAnnotation')
  addAnnotation(@Context() { viewer }: QueryContext): never {
    mustBeAdmin(viewer);
    throw unavailable('Annotations are not available yet.');
  }

  @Mutation('removeAnnotation')
  removeAnnotation(@Context() { viewer }: QueryContext): never {
    mustBeAdmin(viewer);
    throw unavailable('Annotations are not available yet.');
  }

  private notYet(viewer: QueryContext['viewer']): never {
    mustBeAdmin(viewer);
    throw unavailable(NOT_YET);
  }

  /** A generation with the definitions of one site, or of the first there is. */
  private async answer(generation: GenerationRecord, siteId: string | null): Promise<object> {
    const { registry } = this.parts;
    const { sites } = registry.view();
    const anySite = siteId === null ? sites.values().next().value : sites.get(siteId);
    const definitions = anySite && registry.view().definitions(siteKeyOf(anySite), generation.id);
    const iso = (ms: number) => new Date(ms).toISOString();
    return {
      id: generation.id,
      state: generation.state,
      siteIds: generation.siteIds,
      reports: REPORTS.map(({ name }) => name),
      definitions: definitions === undefined ? NO_DEFINITIONS : definitionsAnswer(definitions),
      createdAt: iso(generation.createdAt),
      liveAt: generation.liveAt === null ? null : iso(generation.liveAt),
      progress: await this.progress(generation.id),
      verification: null,
      error: null,
    };
  }

  private async progress(generation: string): Promise<object> {
    const { log, store } = this.parts;
    const checkpoints = await store.checkpoints(generation);
    let done = 0;
    let total = 0;
    for (let partition = 0; partition < log.partitions; partition += 1) {
      done += checkpoints.get(partition)?.offset ?? 0;
      total += await log.head(partition);
    }
    return { done, total, eventsPerSecond: null, eta: null, lag: total - done };
  }
}

/** Before the first site there is nothing to define. */
const NO_DEFINITIONS = {
  id: '',
  timeZone: 'UTC',
  sessionTimeoutMinutes: 30,
  engagementThresholdSeconds: 10,
  keyEvents: [],
  excludePaths: [],
  internalRules: [],
  botRules: { version: '', newest: '' },
  channelRules: { version: '', newest: '' },
};
