/** For servers: nothing is stored, nobody is remembered, and `shutdown()` sends what is left. */
import type { Storage } from './adapters.js';
import { Client } from './client.js';
import type { ClientOptions } from './client-options.js';
import type { AnyEvents, EventMap } from './event-map.js';
import { httpTransport } from './http-transport.js';
import { noIdentity } from './identity.js';

export * from './core.js';

const FLUSH_AT = 20;
const FLUSH_MS = 10_000;
/** Events that wait while the collector is away. */
const EVENTS_MAX = 10_000;
const LENGTH_MAX = 10_000_000;
/** A name that no list of robots has: what a server tells is no robot's visit. */
const USER_AGENT = 'App/1.0 (Hindsight 1.0)';

export interface NodeOptions extends ClientOptions {
  /** Origin of the Hindsight server. */
  readonly host: string;
  /** A token of role WRITE: needed for `userAgent`, `address` and events older than a week. */
  readonly token?: string;
  /** Keeps what was not sent, for the next process. */
  readonly storage?: Storage;
}

/** A client for a server. Give each event its `visitorId`: without one, all are one visitor's. */
export function createTracker<Events extends EventMap<Events> = AnyEvents>(
  options: NodeOptions,
): Client<Events> {
  const { host, token, storage = null } = options;
  return new Client<Events>(
    {
      transport: httpTransport({ host, token, headers: { 'user-agent': USER_AGENT } }),
      identity: noIdentity,
      storage,
      hasToken: token !== undefined,
    },
    {
      flushAt: FLUSH_AT,
      flushMs: FLUSH_MS,
      eventsMax: EVENTS_MAX,
      lengthMax: LENGTH_MAX,
      ...options,
    },
  );
}
