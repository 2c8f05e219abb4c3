import type { FastifyRequest } from 'fastify';
import { type ClientAddress, isSameSecret } from '#http';
import type { Registry, Role, Site } from '#readmodel';
import { QueryError } from '../query-error.js';

/** Whoever asks. */
export interface Viewer {
  readonly name: string;
  readonly role: Role;
  /** `null` = all sites. */
  readonly siteIds: readonly string[] | null;
}

/** What every resolver gets: who asks, and how to answer with a cookie. */
export interface QueryContext {
  readonly viewer: Viewer | null;
  readonly address: string;
  /** Secret of the session cookie, `''` without one. */
  readonly session: string;
  readonly isSecure: boolean;
  readonly setCookie: (value: string) => void;
}

/** Name of the session cookie: it says nothing about what is behind it. */
export const COOKIE = 'sid';

/** Decides who may see what. */
export class Access {
  constructor(
    private readonly registry: Registry,
    private readonly adminToken: string | null,
    private readonly clientAddress: ClientAddress,
  ) {}

  /** Who sent a request, and from where. */
  contextOf(request: FastifyRequest, setCookie: (value: string) => void): QueryContext {
    const session = this.sessionSecret(request);
    return {
      viewer: this.viewerOf(request.headers.authorization, session),
      address: this.clientAddress.of(request.raw),
      session,
      isSecure: request.headers['x-forwarded-proto'] === 'https' || request.protocol === 'https',
      setCookie,
    };
  }

  /** Whoever a bearer token or a session cookie stands for; nobody, when it is unknown or revoked. */
  viewerOf(authorization: string | undefined, session: string): Viewer | null {
    if (authorization !== undefined) {
      const secret = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1] ?? '';
      if (isSameSecret(secret, this.adminToken)) {
        return { name: 'administrator’s token', role: 'ADMIN', siteIds: null };
      }
      const token = this.registry.tokenOf(secret);
      if (token === undefined) return null;
      return { name: token.name, role: token.role, siteIds: token.siteIds };
    }
    const person = session === '' ? undefined : this.registry.sessionOf(session);
    return person === undefined ? null : { name: person.name, role: person.role, siteIds: null };
  }

  /** A cookie counts only when the page that sends it is our own. */
  private sessionSecret(request: FastifyRequest): string {
    const { origin, host, cookie = '' } = request.headers;
    if (origin !== undefined && URL.canParse(origin) && new URL(origin).host !== host) return '';
    return new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`).exec(cookie)?.[1] ?? '';
  }

  /** Sites that a viewer may ask about. */
  sitesOf(viewer: Viewer | null): Site[] {
    const reader = mustRead(viewer);
    const all = [...this.registry.view().sites.values()];
    return all.filter(({ id }) => reader.siteIds?.includes(id) ?? true);
  }

  /** The site, if the viewer may ask about it. A site that is not theirs and one that does not exist look alike. */
  siteOf(viewer: Viewer | null, id: string): Site {
    const reader = mustRead(viewer);
    const site = this.registry.view().sites.get(id);
    if (site === undefined || reader.siteIds?.includes(id) === false) {
      throw new QueryError('FORBIDDEN', 'there is no such site, or it is not yours');
    }
    return site;
  }
}

/** A viewer who may read anything at all. */
export function mustRead(viewer: Viewer | null): Viewer {
  if (viewer === null)
    throw new QueryError(
      'UNAUTHENTICATED',
      'sign in, or send a bearer token that is known and not revoked',
    );
  if (viewer.role === 'WRITE') {
    throw new QueryError('FORBIDDEN', 'a token of role WRITE may only send hits');
  }
  return viewer;
}

/** A viewer who may do everything. */
export function mustBeAdmin(viewer: Viewer | null): Viewer {
  if (viewer === null)
    throw new QueryError(
      'UNAUTHENTICATED',
      'sign in, or send a bearer token that is known and not revoked',
    );
  if (viewer.role !== 'ADMIN')
    throw new QueryError('FORBIDDEN', 'only an administrator may do this');
  return viewer;
}
