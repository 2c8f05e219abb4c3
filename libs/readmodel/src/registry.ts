import type { Definitions } from '#domain';

/**
 * Sites, tokens, people, generations: what the system is set up with. Small, read everywhere.
 *
 * Promises, each a case of `registry.contract.ts`:
 * - a change is durable when its call resolves, and every process sees it in `view()` within a second;
 * - in the process that made it, `view()` shows it at once; `refresh()` makes it so anywhere;
 * - a site that is created under the id of a deleted one has another key: nothing of the two is mixed;
 * - a secret (token, password, session, set-up link) is kept as a hash only.
 */
export abstract class Registry {
  /** The newest known contents; never a promise, since the hot path asks for every hit. */
  abstract view(): RegistryView;
  /** Reads what other processes changed, now. */
  abstract refresh(): Promise<void>;

  /** Rejects with `RegistryError` `exists` when the id is taken. */
  abstract createSite(site: NewSite): Promise<Site>;
  abstract updateSite(id: string, change: Partial<Pick<Site, 'name' | 'domains'>>): Promise<Site>;
  /** Resolves to false when there is no such site. Tokens of the site lose it. */
  abstract deleteSite(id: string): Promise<boolean>;

  abstract createToken(token: NewToken): Promise<{ token: Token; secret: string }>;
  abstract revokeToken(id: string): Promise<boolean>;
  /** The token that a secret belongs to; from memory. */
  abstract tokenOf(secret: string): Token | undefined;

  /** First use only: rejects with `RegistryError` `set_up` when an administrator exists. */
  abstract createAdministrator(person: {
    name: string;
    password: string;
    setupToken: string;
  }): Promise<Person>;
  /** A fresh one-time set-up secret (replaces an earlier one), or `null` when an administrator exists. */
  abstract issueSetupToken(): Promise<string | null>;
  abstract signIn(
    name: string,
    password: string,
  ): Promise<{ person: Person; session: string } | null>;
  /** Whose session cookie this is; from memory; `undefined` when unknown or expired. */
  abstract sessionOf(session: string): Person | undefined;
  abstract signOut(session: string): Promise<void>;

  /** Random salt of a UTC day (`2026-11-26`), the same in every process; made on first use. */
  abstract saltOf(utcDay: string): Promise<Buffer>;
  /** Forgets the salts of all other days: nobody can tell their visitors apart any more. */
  abstract keepSalts(firstUtcDay: string, lastUtcDay: string): Promise<void>;

  abstract close(): Promise<void>;
}

export interface RegistryView {
  readonly sites: ReadonlyMap<string, Site>;
  readonly tokens: ReadonlyMap<string, Token>;
  readonly generations: ReadonlyMap<string, GenerationRecord>;
  /** The generation that answers for a site when nobody asks for another. */
  liveGeneration(siteId: string): GenerationRecord;
  /** Definitions of a site, by its key, in a generation; `undefined` when it has none there. */
  definitions(siteKey: string, generation: string): Definitions | undefined;
  /** Whether there is a site with this key now. */
  hasKey(siteKey: string): boolean;
}

export interface Site {
  readonly id: string;
  readonly name: string;
  readonly domains: readonly string[];
  readonly currency: string;
  readonly createdAt: number;
  /** Number of log partitions that the site's visitors are spread over; 1 for ordinary sites. */
  readonly fanout: number;
  /** How many sites have had this id, this one included; left out when it is the first. */
  readonly creation?: number;
}

/** Stands between an id, which cannot hold it, and the number of a creation. */
const KEY_SEPARATOR = '~';

/**
 * What a site is called in the log and in rows: its id, and for a site that was created under the id of a
 * deleted one the number of its creation. What is left of an earlier site is never taken for the later one's.
 */
export function siteKeyOf({ id, creation = 1 }: Pick<Site, 'id' | 'creation'>): string {
  return creation === 1 ? id : `${id}${KEY_SEPARATOR}${creation}`;
}

/** The id of the site that a key belongs to. */
export function siteIdOfKey(siteKey: string): string {
  return siteKey.split(KEY_SEPARATOR, 1)[0] as string;
}

export interface NewSite {
  readonly id: string;
  readonly name: string;
  readonly domains: readonly string[];
  readonly timeZone: string;
  readonly currency: string;
}

export type Role = 'ADMIN' | 'READ' | 'WRITE';

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** `null` = all sites. */
  readonly siteIds: readonly string[] | null;
  readonly createdAt: number;
}

export type NewToken = Pick<Token, 'name' | 'role' | 'siteIds'>;

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

export type GenerationState =
  | 'BUILDING'
  | 'CATCHING_UP'
  | 'READY'
  | 'LIVE'
  | 'RETIRED'
  | 'DROPPED'
  | 'FAILED';

export interface GenerationRecord {
  readonly id: string;
  readonly state: GenerationState;
  /** `null` = all sites. */
  readonly siteIds: readonly string[] | null;
  readonly createdAt: number;
  readonly liveAt: number | null;
}

/** The generation that a new installation starts with. */
export const FIRST_GENERATION = 'g1';

export type RegistryErrorCode =
  | 'exists'
  | 'not_found'
  | 'set_up'
  | 'bad_setup_token'
  | 'closed'
  | 'disk_full'
  | 'damaged'
  | 'write_failed';

/** A change that the registry does not take, with the reason. */
export class RegistryError extends Error {
  constructor(
    readonly code: RegistryErrorCode,
    message: string,
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'RegistryError';
  }
}
