import { randomUUID } from 'node:crypto';
import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type EventLog, partitionsOf } from '#eventlog';
import { encodeEnvelope, type SiteId } from '#events';
import { RateLimit } from '#http';
import { type Registry, RegistryError, type Site, siteKeyOf } from '#readmodel';
import { badInput, QueryError, unavailable } from '../query-error.js';
import { type Access, COOKIE, mustBeAdmin, type QueryContext, type Viewer } from './access.js';
import {
  CreateAdministratorInput,
  CreateSiteInput,
  CreateTokenInput,
  SignInArgs,
  UpdateSiteInput,
} from './inputs.dto.js';
import { siteDeletedEvent } from './site-deleted.js';

/** Sign-ins per minute and address: enough for typing errors, too few for guessing. */
const SIGN_INS_PER_MINUTE = 10;
const COOKIE_SECONDS = 30 * 24 * 60 * 60;

/** What the administrator's resolvers work with. */
export interface AdminParts {
  readonly access: Access;
  readonly registry: Registry;
  readonly log: EventLog;
  readonly now: () => number;
}

@Resolver()
export class AdminResolver {
  private readonly signIns = new RateLimit(SIGN_INS_PER_MINUTE);

  constructor(private readonly parts: AdminParts) {}

  @Query('viewer')
  viewer(@Context() { viewer }: QueryContext): Viewer | null {
    return viewer;
  }

  @Mutation('createSite')
  async createSite(
    @Args('input') input: CreateSiteInput,
    @Context() { viewer }: QueryContext,
  ): Promise<Site> {
    mustBeAdmin(viewer);
    const { name, domains, timeZone, currency } = input;
    const id = input.id ?? idOf(name);
    const { registry } = this.parts;
    await registry.refresh();
    // Nobody can write to it yet: whatever the log holds of an earlier site of this id ends here, also
    // when a crash kept its deletion from being written.
    if (!registry.view().sites.has(id)) await this.endInLog({ id, fanout: 1 });
    const site = await tell(registry.createSite({ id, name, domains, timeZone, currency }));
    const { creation = 1 } = site;
    if (creation > 2) await this.endInLog({ ...site, creation: creation - 1 });
    return site;
  }

  @Mutation('updateSite')
  updateSite(
    @Args('id') id: string,
    @Args('input') input: UpdateSiteInput,
    @Context() { viewer }: QueryContext,
  ): Promise<Site> {
    mustBeAdmin(viewer);
    this.parts.access.siteOf(viewer, id);
    const change = {
      ...(input.name == null ? {} : { name: input.name }),
      ...(input.domains == null ? {} : { domains: input.domains }),
    };
    return tell(this.parts.registry.updateSite(id, change));
  }

  @Mutation('deleteSite')
  async deleteSite(@Args('id') id: string, @Context() { viewer }: QueryContext): Promise<boolean> {
    mustBeAdmin(viewer);
    const site = this.parts.access.siteOf(viewer, id);
    // First nobody can write to it any more, then the log says so.
    await tell(this.parts.registry.deleteSite(id));
    await this.endInLog(site);
    return true;
  }

  @Mutation('createToken')
  async createToken(
    @Args('input') input: CreateTokenInput,
    @Context() { viewer }: QueryContext,
  ): Promise<{ id: string; secret: string }> {
    mustBeAdmin(viewer);
    for (const siteId of input.siteIds ?? []) this.parts.access.siteOf(viewer, siteId);
    const { name, role, siteIds = null } = input;
    const { token, secret } = await tell(this.parts.registry.createToken({ name, role, siteIds }));
    return { id: token.id, secret };
  }

  @Mutation('revokeToken')
  async revokeToken(@Args('id') id: string, @Context() { viewer }: QueryContext): Promise<boolean> {
    mustBeAdmin(viewer);
    if (await tell(this.parts.registry.revokeToken(id))) return true;
    throw new QueryError('NOT_FOUND', `there is no token “${id}”`);
  }

  @Mutation('createAdministrator')
  async createAdministrator(
    @Args('input') input: CreateAdministratorInput,
    @Context() context: QueryContext,
  ): Promise<Viewer> {
    await tell(this.parts.registry.createAdministrator(input));
    return this.signInAs(input.name, input.password, context);
  }

  @Mutation('signIn')
  signIn(
    @Args() { name, password }: SignInArgs,
    @Context() context: QueryContext,
  ): Promise<Viewer> {
    return this.signInAs(name, password, context);
  }

  @Mutation('signOut')
  async signOut(@Context() context: QueryContext): Promise<boolean> {
    if (context.session !== '') await this.parts.registry.signOut(context.session);
    context.setCookie(`${COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`);
    return true;
  }

  /** Tells every partition that may hold events of a site to forget it here. */
  private async endInLog(site: Pick<Site, 'id' | 'creation' | 'fanout'>): Promise<void> {
    const { log, now } = this.parts;
    const siteId = siteKeyOf(site) as SiteId;
    const bytes = encodeEnvelope(siteDeletedEvent(siteId, randomUUID(), now()));
    const partitions = partitionsOf(siteId, site.fanout, log.partitions);
    await log.append(partitions.map((partition) => ({ partition, siteId, bytes })));
  }

  private async signInAs(name: string, password: string, context: QueryContext): Promise<Viewer> {
    if (!this.signIns.take(context.address, 1, this.parts.now())) {
      throw new QueryError('RATE_LIMITED', 'too many sign-ins: wait a minute');
    }
    const signedIn = await this.parts.registry.signIn(name, password);
    if (signedIn === null) throw new QueryError('UNAUTHENTICATED', 'name or password is not right');
    const secure = context.isSecure ? '; Secure' : '';
    context.setCookie(
      `${COOKIE}=${signedIn.session}; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax${secure}`,
    );
    return { name: signedIn.person.name, role: signedIn.person.role, siteIds: null };
  }
}

/** An id that people can read, from the name of a site. */
function idOf(name: string): string {
  const id = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  if (id === '') throw badInput('id is needed when the name has no letters or digits of its own');
  return id;
}

/** Says what the registry did not take in the API's words. */
async function tell<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (error.code === 'exists' || error.code === 'set_up') {
      throw new QueryError('CONFLICT', error.message);
    }
    if (error.code === 'not_found') throw new QueryError('NOT_FOUND', error.message);
    if (error.code === 'bad_setup_token') throw new QueryError('FORBIDDEN', error.message);
    throw unavailable(error.message);
  }
}
