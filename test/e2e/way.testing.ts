import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to a hit on its way: it arrives; it arrives and its answer is lost; it is cut off before it
 * arrives; a proxy on the way says that nobody is there.
 */
export type Way = 'open' | 'answer lost' | 'cut' | 'unavailable';

/** The way between a site's pages and the product: serves the pages, hands on the rest, breaks when it is told to. */
export class Road {
  way: Way = 'open';
  /** Hits that reached the product. */
  hits = 0;
  private constructor(
    private readonly server: Server,
    private readonly productUrl: () => string,
    private readonly pages: ReadonlyMap<string, string>,
  ) {
    server.on('request', (request, response) => this.pass(request, response));
  }

  /** @param productUrl asked for every request: the product may come back elsewhere */
  static async open(productUrl: () => string, pages: ReadonlyMap<string, string>): Promise<Road> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Road(server, productUrl, pages);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const page = this.pages.get((request.url ?? '').split('?')[0] as string);
    if (page !== undefined) return void response.end(page);
    const isHit = request.method === 'POST';
    if (isHit && this.way === 'cut') return void request.socket.destroy();
    if (isHit && this.way === 'unavailable') return void response.writeHead(503).end();
    const { method, headers } = request;
    const { hostname, port } = new URL(this.productUrl());
    const onward = send({ hostname, port, path: request.url, method, headers }, (answer) => {
      if (isHit) this.hits += 1;
      if (isHit && this.way === 'answer lost') {
        answer.resume();
        return void request.socket.destroy();
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  }
}
