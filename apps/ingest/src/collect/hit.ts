import type { IncomingMessage } from 'node:http';
import type { NewRecord } from '#eventlog';
import type { Geo } from '#events';
import type { Site, Token } from '#readmodel';
import type { Refused } from './refusal.js';
import type { WireBatch, WireEvent } from './wire.js';

/** One request on its way through the steps: each adds what the next one needs. */
export interface Hit {
  readonly request: IncomingMessage;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
  readonly address: string;
  readonly userAgent: string | null;
  /** Token of role WRITE or ADMIN that came with the request. */
  readonly token: Pick<Token, 'role' | 'siteIds'> | null;
  /** The parsed body: one batch or several. */
  body: unknown;
  batches: readonly AcceptedBatch[];
  readonly refused: RefusedPart[];
  records: readonly NewRecord[];
}

/** A batch for a site that exists, with the events that passed. */
export interface AcceptedBatch {
  readonly wire: WireBatch;
  readonly site: Site;
  readonly index: number;
  readonly events: AcceptedEvent[];
}

/** An event that passed, and what the steps found about it. */
export interface AcceptedEvent {
  readonly wire: WireEvent;
  readonly index: number;
  occurredAt: number;
  visitorId: string;
  geo: Geo;
}

/** Something refused: a whole batch or one event of it. */
export interface RefusedPart extends Refused {
  readonly siteId: string;
  readonly batch: number;
  readonly event: number | null;
  /** Events that it stands for, at least 1. */
  readonly count: number;
}
