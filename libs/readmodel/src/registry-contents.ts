import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { BOT_RULES_VERSION, CHANNEL_RULES_VERSION, type Definitions } from '#domain';
import {
  FIRST_GENERATION,
  type GenerationRecord,
  type NewSite,
  type Person,
  type RegistryView,
  type Site,
  siteIdOfKey,
  siteKeyOf,
  type Token,
} from './registry.js';

/** A person as stored: the password as a salted hash. */
export interface StoredPerson extends Person {
  readonly salt: string;
  readonly passwordHash: string;
}

/** A sign-in as stored, under the hash of its secret. */
export interface StoredSession {
  readonly personId: string;
  readonly expiresAt: number;
}

/** Everything that a registry holds; adapters differ in where they keep it. */
export interface RegistryContents {
  readonly sites: Map<string, Site>;
  /** Id of a site that was deleted → how many sites have had it. */
  readonly creations: Map<string, number>;
  /** By generation and key of a site: `g1/site`. */
  readonly definitions: Map<string, Definitions>;
  readonly tokens: Map<string, Token>;
  /** Hash of a secret → token id. */
  readonly tokenHashes: Map<string, string>;
  readonly generations: Map<string, GenerationRecord>;
  readonly people: Map<string, StoredPerson>;
  readonly sessions: Map<string, StoredSession>;
  /** UTC day → salt, base64. */
  readonly salts: Map<string, string>;
  /** `setup` → hash of the one-time set-up secret. */
  readonly setup: Map<string, string>;
}

/** Names of the parts, in the order in which they are stored. */
export const PARTS = [
  'sites',
  'creations',
  'definitions',
  'tokens',
  'tokenHashes',
  'generations',
  'people',
  'sessions',
  'salts',
  'setup',
] as const satisfies readonly (keyof RegistryContents)[];

/** A registry that nobody has used yet: one live generation. */
export function emptyContents(createdAt: number): RegistryContents {
  const contents = Object.fromEntries(PARTS.map((part) => [part, new Map()]));
  const live = {
    id: FIRST_GENERATION,
    state: 'LIVE',
    siteIds: null,
    createdAt,
    liveAt: createdAt,
  } as const;
  return { ...contents, generations: new Map([[live.id, live]]) } as unknown as RegistryContents;
}

/** What everybody reads of the contents. */
export function viewOf(contents: RegistryContents): RegistryView {
  const live = [...contents.generations.values()].filter(({ state }) => state === 'LIVE');
  return {
    sites: contents.sites,
    tokens: contents.tokens,
    generations: contents.generations,
    liveGeneration: (siteId) =>
      (live.find(({ siteIds }) => siteIds?.includes(siteId)) ??
        live.find(({ siteIds }) => siteIds === null)) as GenerationRecord,
    definitions: (siteKey, generation) => contents.definitions.get(`${generation}/${siteKey}`),
    hasKey: (siteKey) => {
      const site = contents.sites.get(siteIdOfKey(siteKey));
      return site !== undefined && siteKeyOf(site) === siteKey;
    },
  };
}

const SESSION_TIMEOUT_MINUTES = 30;
const ENGAGEMENT_THRESHOLD_SECONDS = 10;

/** The definitions that a new site starts with. */
export function firstDefinitions(site: NewSite): Definitions {
  return {
    id: `d-${site.id}-1`,
    timeZone: site.timeZone,
    currency: site.currency,
    domains: site.domains.map((domain) => domain.toLowerCase()),
    sessionTimeoutMinutes: SESSION_TIMEOUT_MINUTES,
    engagementThresholdSeconds: ENGAGEMENT_THRESHOLD_SECONDS,
    keyEvents: [{ name: 'purchase', event: 'purchase', page: null }],
    excludePaths: [],
    internalRules: [],
    botRules: BOT_RULES_VERSION,
    channelRules: CHANNEL_RULES_VERSION,
  };
}

/** Bytes of every secret that the system makes. */
const SECRET_BYTES = 32;

/** A fresh secret that a person can copy. */
export function newSecret(prefix: string): string {
  return prefix + randomBytes(SECRET_BYTES).toString('base64url');
}

/** What is kept of a secret; enough entropy needs no salt. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

const derive = promisify(scrypt) as (
  password: string,
  salt: string,
  length: number,
) => Promise<Buffer>;
const PASSWORD_HASH_BYTES = 32;

/** Salted hash of a password (scrypt with Node's cost parameters). */
export async function hashPassword(password: string, salt: string): Promise<string> {
  return (await derive(password, salt, PASSWORD_HASH_BYTES)).toString('base64url');
}

/** Compares in constant time. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
