import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClientAddress, RateLimit } from '#http';
import type { RefusalStore, Registry, Token } from '#readmodel';
import type { IngestMetrics } from '../metrics/ingest-metrics.js';
import type { Hit, RefusedPart } from './hit.js';
import { type PipelineParts, runPipeline } from './pipeline.js';
import { REFUSAL_STATUS, type Refused, refuse } from './refusal.js';
import { reissuedCookie } from './reissue-cookie.js';

/** Bodies that may be on their way at once: more are told to come again. */
const IN_FLIGHT_MAX = 4096;
const RETRY_AFTER_SECONDS = 5;
/** How long a browser may remember that any page may send hits. */
const PREFLIGHT_SECONDS = 86_400;
/** What every answer says: any page may send hits and read this. */
const ANY_PAGE = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after',
} as const;
const ACCEPTED = { ...ANY_PAGE, 'content-length': 0 };

/** What the door needs. */
export interface CollectParts extends Omit<PipelineParts, 'onStep'> {
  readonly registry: Registry;
  readonly refusals: RefusalStore;
  readonly metrics: IngestMetrics;
  readonly clientAddress: ClientAddress;
  /** The administrator's token of the environment. */
  readonly isAdminToken: (secret: string) => boolean;
  readonly now: () => number;
  /** What the cookie of a site's visitors begins with. */
  readonly cookieKeyOf: (siteId: string) => string;
}

/**
 * The door for hits. It is called with the raw request, before any router: the product's hottest path
 * is one function over `node:http`, and a framework's share would be a third of it.
 */
export class CollectController {
  private inFlight = 0;
  private readonly parts: PipelineParts;

  constructor(private readonly given: CollectParts) {
    const { metrics } = given;
    this.parts = { ...given, onStep: (name, ms) => metrics.step(name, ms) };
  }

  /** Answers one request; never throws. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS') return preflight(response);
    this.inFlight += 1;
    try {
      if (this.inFlight > IN_FLIGHT_MAX) {
        request.resume();
        this.refuseBody(response, refuse('unavailable', 'too many hits at once'), null);
      } else await this.collect(request, response);
    } catch (error) {
      this.given.metrics.fail(error);
      this.refuseBody(response, refuse('unavailable', 'the hit could not be stored'), null);
    } finally {
      this.inFlight -= 1;
    }
  }

  private async collect(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = this.tokenOf(request);
    if (token !== null && 'message' in token) {
      request.resume();
      return this.refuseBody(response, token, null);
    }
    const hit: Hit = {
      request,
      receivedAt: this.given.now(),
      address: this.given.clientAddress.of(request),
      userAgent: request.headers['user-agent'] ?? null,
      token,
      body: null,
      batches: [],
      refused: [],
      records: [],
    };
    const refused = await runPipeline(hit, this.parts);
    if (refused !== null) return this.refuseBody(response, refused, hit);
    this.answer(response, hit);
  }

  private tokenOf(request: IncomingMessage): Pick<Token, 'role' | 'siteIds'> | Refused | null {
    const header = request.headers.authorization;
    if (header === undefined) return null;
    const secret = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
    if (secret === undefined) return refuse('bad_token', 'Authorization must be “Bearer <token>”');
    if (this.given.isAdminToken(secret)) return { role: 'ADMIN', siteIds: null };
    const token = this.given.registry.tokenOf(secret);
    if (token === undefined) return refuse('bad_token', 'the token is unknown or was revoked');
    if (token.role === 'READ') return refuse('forbidden', 'a token of role READ may not send hits');
    return token;
  }

  private answer(response: ServerResponse, hit: Hit): void {
    const { metrics } = this.given;
    metrics.accept(hit.records.length);
    for (const part of hit.refused) this.count(part, hit.receivedAt);
    const first = hit.refused[0];
    if (hit.records.length === 0 && first !== undefined) {
      return send(response, REFUSAL_STATUS[first.code], { ...errorOf(first), ...summary(hit) });
    }
    const cookie = this.cookieFor(hit);
    if (cookie !== null) response.setHeader('set-cookie', cookie);
    if (hit.token !== null) return send(response, 202, summary(hit));
    if (cookie !== null) return send(response, 202, null);
    // The usual answer: its headers are made once.
    if (!response.destroyed) response.writeHead(202, ACCEPTED).end();
  }

  private cookieFor({ request, batches }: Hit): string | null {
    const site = batches[0]?.site;
    if (request.headers.cookie === undefined || site === undefined) return null;
    return reissuedCookie(request, this.given.cookieKeyOf(site.id), site.domains);
  }

  /** Refuses a request as a whole: counted for every event that it is known to hold, else once. */
  private refuseBody(response: ServerResponse, refused: Refused, hit: Hit | null): void {
    const receivedAt = this.given.now();
    const part = { ...refused, siteId: '', batch: 0, event: null, count: 1 };
    const batches = hit?.batches ?? [];
    for (const partial of hit?.refused ?? []) this.count(partial, receivedAt);
    if (batches.length === 0) this.count({ ...part, ...sentBy(hit) }, receivedAt);
    for (const { wire, events } of batches) {
      this.count({ ...part, siteId: wire.siteId, count: Math.max(1, events.length) }, receivedAt);
    }
    if (refused.code === 'rate_limited') {
      response.setHeader('retry-after', RateLimit.retryAfterSeconds(receivedAt));
    }
    if (refused.code === 'unavailable') response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    if (refused.code === 'too_large') response.setHeader('connection', 'close');
    send(response, REFUSAL_STATUS[refused.code], errorOf(refused));
  }

  private count(part: RefusedPart, at: number): void {
    const { code, siteId, count, message: sample } = part;
    this.given.metrics.refuse(code, count);
    this.given.refusals.record({ siteId, code, count, at, sample });
  }
}

/** Site and number of events of a body that was refused before it was judged. */
function sentBy(hit: Hit | null): { siteId: string; count: number } {
  const batch = (Array.isArray(hit?.body) ? hit?.body[0] : hit?.body) as Record<
    string,
    unknown
  > | null;
  const siteId = typeof batch?.['s'] === 'string' ? batch['s'] : '';
  return { siteId, count: Array.isArray(batch?.['e']) ? Math.max(1, batch['e'].length) : 1 };
}

function summary(hit: Hit): object {
  if (hit.token === null) return {};
  const refused = hit.refused.map(({ batch, event, code, message }) => ({
    batch,
    ...(event === null ? {} : { event }),
    code,
    message,
  }));
  return { accepted: hit.records.length, refused };
}

function errorOf({ code, message }: Refused): object {
  return { error: { code, message } };
}

function preflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST');
  response.setHeader(
    'access-control-allow-headers',
    'content-type, content-encoding, authorization',
  );
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
  send(response, 204, null);
}

function send(response: ServerResponse, status: number, body: object | null): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(ANY_PAGE)) response.setHeader(name, value);
  if (body === null) {
    if (status !== 204) response.setHeader('content-length', 0);
    response.end();
    return;
  }
  const text = JSON.stringify(body);
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
}
