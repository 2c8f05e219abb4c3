/** The part that knows of no page, app or server: adapters in, events out. */
export type {
  Adapters,
  Answer,
  Clock,
  Connectivity,
  Context,
  Identity,
  Lifecycle,
  Sender,
  Storage,
  Transport,
} from './adapters.js';
export { systemClock } from './adapters.js';
export { Client } from './client.js';
export type { ClientOptions } from './client-options.js';
export type {
  AnyEvents,
  BeforeSend,
  EventMap,
  Problem,
  SdkEvent,
  TrackOptions,
} from './event-map.js';
export type { Rest } from './event-stream.js';
export { type HttpOptions, httpTransport } from './http-transport.js';
export { noIdentity, StoredIdentity } from './identity.js';
