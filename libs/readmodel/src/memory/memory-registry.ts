import { randomBytes } from 'node:crypto';
import {
  type NewSite,
  type NewToken,
  type Person,
  Registry,
  RegistryError,
  type RegistryView,
  type Site,
  siteKeyOf,
  type Token,
} from '../registry.js';
import {
  emptyContents,
  firstDefinitions,
  hashPassword,
  hashSecret,
  newSecret,
  type RegistryContents,
  sameText,
  viewOf,
} from '../registry-contents.js';

/** How long a sign-in lasts. */
const SESSION_MS = 30 * 24 * 60 * 60 * 1000;
const SALT_BYTES = 32;

/**
 * The registry in memory: what tests use, and what the durable adapters are made of. They override
 * `save`, which is called with the changed contents before a change resolves.
 */
export class MemoryRegistry extends Registry {
  protected contents: RegistryContents;
  private seen: RegistryView;
  private isClosed = false;
  private lastChange: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly now: () => number = Date.now,
    contents?: RegistryContents,
  ) {
    super();
    this.contents = contents ?? emptyContents(now());
    this.seen = viewOf(this.contents);
  }

  view(): RegistryView {
    return this.seen;
  }

  async refresh(): Promise<void> {}

  /** Makes a change durable; false = another process was faster: read what it wrote, and change that. */
  protected async save(): Promise<boolean> {
    return true;
  }

  /** Replaces everything by what another process wrote. */
  protected replace(contents: RegistryContents): void {
    this.contents = contents;
    this.seen = viewOf(contents);
  }

  /** One change after another: each sees the one before, and has a version of its own. */
  private change<T>(apply: (contents: RegistryContents) => T): Promise<T> {
    const done = this.lastChange.then(() => this.changeNow(apply));
    this.lastChange = done.catch(() => undefined);
    return done;
  }

  private async changeNow<T>(apply: (contents: RegistryContents) => T): Promise<T> {
    for (;;) {
      if (this.isClosed) throw new RegistryError('closed', 'the registry is closed', false);
      await this.refresh();
      const result = apply(this.contents);
      if (!(await this.save())) continue;
      this.seen = viewOf(this.contents);
      return result;
    }
  }

  createSite(site: NewSite): Promise<Site> {
    return this.change(({ sites, creations, definitions }) => {
      if (sites.has(site.id)) {
        throw new RegistryError('exists', `there is a site “${site.id}” already`, false);
      }
      const { id, name, domains, currency } = site;
      const before = creations.get(id);
      const created: Site = {
        ...{ id, name, domains, currency, createdAt: this.now(), fanout: 1 },
        ...(before === undefined ? {} : { creation: before + 1 }),
      };
      sites.set(id, created);
      const generation = this.seen.liveGeneration(id).id;
      definitions.set(`${generation}/${siteKeyOf(created)}`, firstDefinitions(site));
      return created;
    });
  }

  updateSite(id: string, change: Partial<Pick<Site, 'name' | 'domains'>>): Promise<Site> {
    return this.change(({ sites }) => {
      const site = sites.get(id);
      if (site === undefined) throw new RegistryError('not_found', `no site “${id}”`, false);
      const updated = { ...site, ...change };
      sites.set(id, updated);
      return updated;
    });
  }

  deleteSite(id: string): Promise<boolean> {
    return this.change(({ sites, creations, definitions, tokens }) => {
      const site = sites.get(id);
      if (site === undefined) return false;
      const suffix = `/${siteKeyOf(site)}`;
      for (const key of definitions.keys()) if (key.endsWith(suffix)) definitions.delete(key);
      creations.set(id, site.creation ?? 1);
      for (const token of tokens.values()) {
        if (token.siteIds?.includes(id) !== true) continue;
        const siteIds = token.siteIds.filter((siteId) => siteId !== id);
        tokens.set(token.id, { ...token, siteIds });
      }
      return sites.delete(id);
    });
  }

  createToken(token: NewToken): Promise<{ token: Token; secret: string }> {
    return this.change(({ tokens, tokenHashes }) => {
      const secret = newSecret('hs_');
      const created: Token = { ...token, id: newSecret('t_').slice(0, 14), createdAt: this.now() };
      tokens.set(created.id, created);
      tokenHashes.set(hashSecret(secret), created.id);
      return { token: created, secret };
    });
  }

  revokeToken(id: string): Promise<boolean> {
    return this.change(({ tokens, tokenHashes }) => {
      for (const [hash, tokenId] of tokenHashes) if (tokenId === id) tokenHashes.delete(hash);
      return tokens.delete(id);
    });
  }

  tokenOf(secret: string): Token | undefined {
    const id = this.contents.tokenHashes.get(hashSecret(secret));
    return id === undefined ? undefined : this.contents.tokens.get(id);
  }

  async createAdministrator(given: {
    name: string;
    password: string;
    setupToken: string;
  }): Promise<Person> {
    const salt = newSecret('');
    const passwordHash = await hashPassword(given.password, salt);
    return this.change(({ people, setup }) => {
      if (people.size > 0) {
        throw new RegistryError('set_up', 'there is an administrator already: sign in', false);
      }
      const expected = setup.get('setup');
      if (expected === undefined || !sameText(expected, hashSecret(given.setupToken))) {
        throw new RegistryError('bad_setup_token', 'this set-up link is not valid any more', false);
      }
      setup.delete('setup');
      const person = { id: newSecret('p_').slice(0, 14), name: given.name, role: 'ADMIN' } as const;
      people.set(person.id, { ...person, salt, passwordHash });
      return person;
    });
  }

  async issueSetupToken(): Promise<string | null> {
    await this.refresh();
    if (this.contents.people.size > 0) return null;
    const secret = newSecret('');
    await this.change(({ setup }) => setup.set('setup', hashSecret(secret)));
    return secret;
  }

  async signIn(
    name: string,
    password: string,
  ): Promise<{ person: Person; session: string } | null> {
    const stored = [...this.contents.people.values()].find((each) => each.name === name);
    // Hash even for an unknown name, so that the time taken tells nothing.
    const hash = await hashPassword(password, stored?.salt ?? 'nobody');
    if (stored === undefined || !sameText(hash, stored.passwordHash)) return null;
    const session = newSecret('');
    const { id, role } = stored;
    await this.change(({ sessions }) => {
      for (const [key, { expiresAt }] of sessions) if (expiresAt < this.now()) sessions.delete(key);
      sessions.set(hashSecret(session), { personId: id, expiresAt: this.now() + SESSION_MS });
    });
    return { person: { id, name, role }, session };
  }

  sessionOf(session: string): Person | undefined {
    const stored = this.contents.sessions.get(hashSecret(session));
    if (stored === undefined || stored.expiresAt < this.now()) return undefined;
    const person = this.contents.people.get(stored.personId);
    return person && { id: person.id, name: person.name, role: person.role };
  }

  async signOut(session: string): Promise<void> {
    await this.change(({ sessions }) => sessions.delete(hashSecret(session)));
  }

  async saltOf(utcDay: string): Promise<Buffer> {
    const known = this.contents.salts.get(utcDay);
    if (known !== undefined) return Buffer.from(known, 'base64');
    return this.change(({ salts }) => {
      const salt = salts.get(utcDay) ?? randomBytes(SALT_BYTES).toString('base64');
      salts.set(utcDay, salt);
      return Buffer.from(salt, 'base64');
    });
  }

  async keepSalts(firstUtcDay: string, lastUtcDay: string): Promise<void> {
    const isOver = (day: string) => day < firstUtcDay || day > lastUtcDay;
    await this.refresh();
    if (![...this.contents.salts.keys()].some(isOver)) return;
    await this.change(({ salts }) => {
      for (const day of salts.keys()) if (isOver(day)) salts.delete(day);
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
