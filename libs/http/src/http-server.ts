import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that takes longer to arrive is no hit. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than a proxy keeps a connection that is not used: it must be the one that closes. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** How often connections are looked at that became idle while the server closes. */
const CLOSE_IDLE_MS = 20;

/** A server with the time limits of every process. */
export function httpServer(answer: RequestListener): Server {
  return createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    answer,
  );
}

/** Starts to listen; resolves with the address as a URL. */
export async function listenOn(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return urlOf(server);
}

/** The address that a server listens on, as a URL. */
export function urlOf(server: Server): string {
  const { port, family, address } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Takes no new requests and resolves when those on their way are answered. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that a proxy keeps becomes idle when its last request is answered.
  const timer = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
  server.closeIdleConnections();
  await closed.finally(() => clearInterval(timer));
}
