import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { assemble } from '../../apps/ingest/src/script/assemble.js';
import { BuiltTracker } from '../../apps/ingest/src/script/built-tracker.js';
import { PinnedScript } from '../../apps/ingest/src/script/pinned.js';
import type { TrackerSettings } from '../../apps/ingest/src/script/tracker-settings.js';

export interface WireEvent {
  readonly i: string;
  readonly n: string;
  readonly t: number;
  readonly u?: string;
  readonly r?: string;
  readonly h?: string;
  readonly g?: string;
  readonly d?: number;
  readonly y?: number;
  readonly p?: Record<string, unknown>;
  readonly $?: { value: number; currency: string };
}

export interface WireBatch {
  readonly v: number;
  readonly s: string;
  readonly b: string;
  readonly t: number;
  readonly c?: string;
  readonly n?: [number, number];
  readonly m?: string;
  readonly k: number;
  readonly x?: Record<string, unknown>;
  readonly e: WireEvent[];
}

/** One request that reached the collector. */
export interface Hit {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly batch: WireBatch;
  readonly bytes: number;
  readonly at: number;
  /** What it was answered with; 0 = the connection was cut. */
  readonly status: number;
}

/** How a hit is answered instead of 202: 0 cuts the connection. */
export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly delayMs?: number;
}

interface Served {
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
}

const built = new BuiltTracker(pathToFileURL(`${process.cwd()}/dist/tracker/`));
export const pinned = new PinnedScript(built, 'h');
const PATIENCE_MS = 15_000;

/**
 * Everything that a page talks to, on one port under every host name: pages, the tracker's files, and a
 * collector that notes what it gets and answers as it is told.
 */
export class Collector {
  readonly hits: Hit[] = [];
  /** Requests without a batch: preflights, marks, anything unforeseen. */
  readonly others: string[] = [];
  private readonly answers: Answer[] = [];
  private standing: Answer | null = null;
  private readonly sites = new Map<string, { settings: TrackerSettings; domains: string[] }>();
  private readonly pages = new Map<string, Served>();
  private readonly watchers = new Set<() => void>();
  private count = 0;
  /** Extensions that cannot be loaded. */
  readonly blocked = new Set<string>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Collector> {
    let collector: Collector;
    const server = createServer((request, response) => void collector.handle(request, response));
    collector = new Collector(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  origin(host = 'www.shop.example'): string {
    return `http://${host}:${this.port}`;
  }

  /** A site with settings of its own; returns its id. */
  site(settings: TrackerSettings = {}, domains = ['shop.example']): string {
    this.count += 1;
    const id = `site-${this.count}`;
    this.sites.set(id, { settings, domains });
    return id;
  }

  /** The tag of a site, whose files come from `host`. */
  tag(siteId: string, attributes = '', host = 'stats.collector.example'): string {
    return `<script async src="${this.origin(host)}/h/${siteId}.js" ${attributes}></script>`;
  }

  /** Serves a page under a path of every host. */
  page(path: string, body: string | Buffer, headers?: Record<string, string>): void {
    this.pages.set(path, { body, ...(headers && { headers }) });
  }

  /** The next hits get these answers, in order. */
  answer(...answers: Answer[]): void {
    this.answers.push(...answers);
  }

  /** Every hit gets this answer, until `null`. */
  always(answer: Answer | null): void {
    this.standing = answer;
  }

  of(siteId: string): Hit[] {
    return this.hits.filter(({ batch }) => batch.s === siteId);
  }

  /** Events that were acknowledged for a site, each once, in order of arrival. */
  events(siteId: string, name?: string): WireEvent[] {
    const seen = new Map<string, WireEvent>();
    for (const { batch, status } of this.of(siteId))
      if (status === 202)
        for (const event of batch.e) if (!seen.has(event.i)) seen.set(event.i, event);
    return [...seen.values()].filter((event) => name === undefined || event.n === name);
  }

  /** Resolves when the records say so; fails with what there is. */
  async until<T>(look: () => T | undefined | false | null, what = 'a record'): Promise<T> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = look();
      if (found) return found;
      const restMs = end - Date.now();
      if (restMs <= 0) {
        const seen = this.hits
          .slice(-4)
          .map(({ batch, status }) => `${status} ${JSON.stringify(batch).slice(0, 400)}`);
        throw new Error(
          `${what} never came; the last were\n${seen.join('\n')}\n${this.others.slice(-5).join('\n')}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, restMs);
        const watchers = this.watchers;
        function done(): void {
          clearTimeout(timer);
          watchers.delete(done);
          resolve();
        }
        watchers.add(done);
      });
    }
  }

  /** Waits for so many events of a name. */
  async eventsReach(siteId: string, name: string, count: number): Promise<WireEvent[]> {
    return this.until(() => {
      const events = this.events(siteId, name);
      return events.length >= count && events;
    }, `${count} × ${name}`);
  }

  /** Waits for a request to `/mark/…`: what a page sent before it has arrived. */
  marked(name: string): Promise<boolean> {
    return this.until(() => this.others.includes(`GET /mark/${name}`), `mark ${name}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const path = (request.url ?? '/').split('?')[0] as string;
    response.setHeader('access-control-allow-origin', '*');
    if (path === '/h' && request.method === 'POST')
      this.take(request, response, Buffer.concat(chunks));
    else if (path.startsWith('/h/')) this.serveScript(path.slice(3), request, response);
    else {
      this.others.push(`${request.method} ${path}`);
      const page = this.pages.get(path);
      const headers = { 'content-type': 'text/html; charset=utf-8', ...page?.headers };
      response.writeHead(page || path.startsWith('/mark/') ? 200 : 404, headers).end(page?.body);
    }
    for (const watcher of [...this.watchers]) watcher();
  }

  private take(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const answer = this.answers.shift() ?? this.standing ?? { status: 202 };
    const { status } = answer;
    const batch = JSON.parse(body.toString()) as WireBatch;
    const { method = '', headers } = request;
    this.hits.push({ method, headers, batch, bytes: body.length, at: Date.now(), status });
    const reply = () => {
      if (status === 0) return void request.socket.destroy();
      response.setHeader('access-control-expose-headers', 'retry-after');
      response.writeHead(status, answer.headers).end();
    };
    if (answer.delayMs) setTimeout(reply, answer.delayMs);
    else reply();
  }

  private serveScript(path: string, request: IncomingMessage, response: ServerResponse): void {
    if (path === `${pinned.hash}/pinned.js`) return pinned.script.send(request, response, '');
    response.setHeader('content-type', 'text/javascript');
    const site = this.sites.get(path.replace(/\.js$/, ''));
    if (site) {
      const { settings, domains } = site;
      const id = path.replace(/\.js$/, '');
      response.end(assemble(built, { id, domains }, settings, 'h'));
      return;
    }
    const name = /^[0-9a-f]{12}\/([a-z]+)\.js$/.exec(path)?.[1] ?? '';
    this.others.push(`GET extension ${name}`);
    const text = this.blocked.has(name) ? null : built.extension(name);
    if (text === null) response.writeHead(404).end();
    else response.end(text);
  }
}
