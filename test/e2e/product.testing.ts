import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ADMIN_TOKEN = 'test-administrator-token-0123456789';
const CLI = 'dist/bundle/main.js';
const WAIT_MS = 20;

/** A user agent of a person: the headless browser's own is a robot's. */
export const HUMAN_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/** A cluster that the test command has started; the same tests then go to its address. */
interface RunningCluster {
  readonly url: string;
  /** Where a query process tells how far the numbers are behind. */
  readonly metricsUrl: string;
}

/** What every process of a cluster has seen after so long. */
const SEEN_EVERYWHERE_MS = 1000;

/** The built product as a process of its own, or a cluster, seen from outside only. */
export class RunningProduct {
  private readonly siteIds = new Set<string>();

  private constructor(
    readonly url: string,
    readonly directory: string,
    private readonly child: ChildProcess | null,
    readonly output: string[],
    private readonly metricsUrl = url,
  ) {}

  /** Starts it on a free port; `environment` adds settings, `fileBytesMax` is where its disk ends. */
  static async start(
    options: {
      directory?: string;
      environment?: Record<string, string>;
      fileBytesMax?: number;
    } = {},
  ): Promise<RunningProduct> {
    const cluster = process.env['CLUSTER'];
    if (cluster !== undefined && Object.keys(options).length === 0) {
      const { url, metricsUrl } = JSON.parse(cluster) as RunningCluster;
      return new RunningProduct(url, '', null, [], metricsUrl);
    }
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'hindsight-e2e-'));
    const [command, args] = commandOf(options.fileBytesMax);
    const child = spawn(command, args, {
      env: {
        PATH: process.env['PATH'],
        HINDSIGHT_DATA: directory,
        HINDSIGHT_PORT: '0',
        HINDSIGHT_ADMIN_TOKEN: ADMIN_TOKEN,
        ...options.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    child.stderr?.on('data', (part) => output.push(String(part)));
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', (part) => {
        output.push(String(part));
        const match = /listens on (\S+)/.exec(output.join(''));
        if (match?.[1] !== undefined) resolve(match[1]);
      });
      child.once('exit', (code) => reject(new Error(`exit ${code}: ${output.join('')}`)));
    });
    return new RunningProduct(url, directory, child, output);
  }

  get pid(): number {
    return this.child?.pid as number;
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (child === null) return null;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  async stop(): Promise<void> {
    if (this.child === null) return this.leave();
    await this.end();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Asks GraphQL; gives the whole answer. */
  async ask(query: string, variables: object = {}, token = ADMIN_TOKEN): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  /** Asks GraphQL; throws when it refuses. */
  async data<T>(query: string, variables: object = {}): Promise<T> {
    const { data, errors } = await this.ask(query, variables);
    if (errors !== undefined && errors.length > 0) throw new Error(JSON.stringify(errors));
    return data as T;
  }

  async createSite(id: string, domains: string[], timeZone = 'UTC'): Promise<void> {
    await this.data('mutation ($input: CreateSiteInput!) { createSite(input: $input) { id } }', {
      input: { id, name: id, domains, timeZone },
    });
    this.siteIds.add(id);
    await this.seen();
  }

  /** Waits until every process has seen what was changed; a single one sees it at once. */
  async seen(): Promise<void> {
    if (this.child !== null) return;
    await new Promise((resolve) => setTimeout(resolve, SEEN_EVERYWHERE_MS));
  }

  /** Sends a body to the door for hits. */
  hit(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/h`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'user-agent': HUMAN_AGENT, ...headers },
      body: Buffer.isBuffer(body)
        ? new Uint8Array(body)
        : typeof body === 'string'
          ? body
          : JSON.stringify(body),
    });
  }

  /** Waits until everything that is in the log is in the numbers. */
  async settled(): Promise<void> {
    // A cluster's processes learn of the log's end, and of each other, a moment later.
    await this.seen();
    for (;;) {
      const text = await (await fetch(`${this.metricsUrl}/metrics`)).text();
      if (/hindsight_projector_lag_events 0\n/.test(text)) return;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }

  /** Leaves a cluster as it was found. */
  private async leave(): Promise<void> {
    for (const id of this.siteIds) {
      await this.data('mutation ($id: ID!) { deleteSite(id: $id) }', { id });
    }
    await this.seen();
  }

  /** Runs another command of the product on its data. */
  static async command(
    directory: string,
    ...args: string[]
  ): Promise<{ code: number | null; text: string }> {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { PATH: process.env['PATH'], HINDSIGHT_DATA: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part) => {
        text += String(part);
      });
    }
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { code, text };
  }
}

/** The start command; with a limit, under a shell that sets it and lets a write beyond it fail. */
function commandOf(fileBytesMax: number | undefined): [command: string, args: string[]] {
  if (fileBytesMax === undefined) return [process.execPath, [CLI, 'start']];
  const blocks = Math.floor(fileBytesMax / 1024);
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`;
  return ['bash', ['-c', script, process.execPath, CLI, 'start']];
}

export interface Answer {
  readonly data: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; extensions: { code: string } }[];
}

let counter = 0;
/** An id is for ever: a cluster that lives through several runs has seen those of the runs before. */
const RUN = randomUUID().slice(0, 8);

/** A batch with one page view, and whatever else is given. */
export function batchOf(change: Record<string, unknown> = {}, event: Record<string, unknown> = {}) {
  counter += 1;
  const now = Date.now();
  return {
    v: 1,
    s: 'shop',
    b: `batch-${RUN}-${counter}`,
    t: now,
    c: 'visitor-1',
    n: [1, 1],
    k: 1,
    e: [
      {
        i: `event-${RUN}-${counter}`,
        n: 'page_view',
        t: now,
        u: 'https://shop.example/a',
        ...event,
      },
    ],
    ...change,
  };
}
