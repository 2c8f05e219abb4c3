import {
  Args,
  Context,
  Info,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { Definitions } from '#domain';
import {
  type RefusalStore,
  type Registry,
  type ReportStore,
  type Site,
  siteKeyOf,
} from '#readmodel';
import { badInput } from '../query-error.js';
import type { ReportAnswer, ReportQuestion } from '../reports/question.js';
import { type RealtimeAnswer, readRealtime } from '../reports/realtime.js';
import type { Reports } from '../reports/reports.js';
import { type Access, mustBeAdmin, type QueryContext } from './access.js';
import { changesOf } from './changes-of.js';
import { definitionsAnswer } from './definitions-answer.js';
import { selectionOf } from './selection.js';

const HOUR_MS = 3_600_000;
const REFUSAL_HOURS_MAX = 168;
/** A live number is sent at most this often. */
const REALTIME_INTERVAL_MS = 2000;
const REALTIME_MINUTES = 30;

/** What the resolvers of a site work with. */
export interface SiteParts {
  readonly access: Access;
  readonly registry: Registry;
  readonly store: ReportStore;
  readonly refusals: RefusalStore;
  readonly reports: Reports;
  readonly now: () => number;
}

@Resolver('Site')
export class SiteResolver {
  constructor(private readonly parts: SiteParts) {}

  @Query('site')
  site(@Args('id') id: string, @Context() { viewer }: QueryContext): Site {
    return this.parts.access.siteOf(viewer, id);
  }

  @Query('sites')
  sites(@Context() { viewer }: QueryContext): Site[] {
    return this.parts.access.sitesOf(viewer);
  }

  @ResolveField('timeZone')
  timeZone(@Parent() site: Site): string {
    return this.definitionsOf(site).timeZone;
  }

  @ResolveField('definitions')
  definitions(@Parent() site: Site): object {
    return definitionsAnswer(this.definitionsOf(site));
  }

  @ResolveField('createdAt')
  createdAt(@Parent() site: Site): string {
    return new Date(site.createdAt).toISOString();
  }

  @ResolveField('firstEventAt')
  async firstEventAt(@Parent() site: Site): Promise<string | null> {
    const activity = await this.parts.store.activity(this.generationOf(site), siteKeyOf(site));
    return activity === null ? null : new Date(activity.firstEventAt).toISOString();
  }

  @ResolveField('lastEventAt')
  async lastEventAt(@Parent() site: Site): Promise<string | null> {
    const activity = await this.parts.store.activity(this.generationOf(site), siteKeyOf(site));
    return activity === null ? null : new Date(activity.lastEventAt).toISOString();
  }

  @ResolveField('annotations')
  annotations(): readonly object[] {
    return [];
  }

  @ResolveField('refusals')
  async refusals(@Parent() site: Site, @Args('hours') hours: number): Promise<object[]> {
    if (hours < 1 || hours > REFUSAL_HOURS_MAX) {
      throw badInput(`hours must be from 1 to ${REFUSAL_HOURS_MAX}`);
    }
    const since = this.parts.now() - hours * HOUR_MS;
    const counts = await this.parts.refusals.list(site.id, since);
    return counts.map((each) => ({ ...each, lastAt: new Date(each.lastAt).toISOString() }));
  }

  @ResolveField('report')
  report(
    @Parent() site: Site,
    @Args() question: ReportQuestion,
    @Info() info: GraphQLResolveInfo,
    @Context() { viewer }: QueryContext,
  ): Promise<ReportAnswer> {
    if (question.generation != null) mustBeAdmin(viewer);
    return this.parts.reports.report(site, { ...question }, selectionOf(info));
  }

  @ResolveField('realtime')
  realtime(@Parent() site: Site, @Args('minutes') minutes: number | null): Promise<RealtimeAnswer> {
    return this.readRealtime(site, minutes ?? REALTIME_MINUTES);
  }

  @Subscription('realtime')
  subscribeRealtime(
    @Args('siteId') siteId: string,
    @Args('minutes') minutes: number | null,
    @Context() { viewer }: QueryContext,
  ): AsyncIterableIterator<{ realtime: RealtimeAnswer }> {
    const site = this.parts.access.siteOf(viewer, siteId);
    return changesOf(
      async () => ({ realtime: await this.readRealtime(site, minutes ?? REALTIME_MINUTES) }),
      REALTIME_INTERVAL_MS,
    );
  }

  private readRealtime(site: Site, minutes: number): Promise<RealtimeAnswer> {
    const where = { generation: this.generationOf(site), siteId: siteKeyOf(site) };
    return readRealtime(this.parts.store, where, minutes, this.parts.now());
  }

  private generationOf(site: Site): string {
    return this.parts.registry.view().liveGeneration(site.id).id;
  }

  private definitionsOf(site: Site): Definitions {
    const definitions = this.parts.registry
      .view()
      .definitions(siteKeyOf(site), this.generationOf(site));
    return definitions as Definitions;
  }
}
