// The whole cluster on this machine: real Kafka and Cassandra, several processes of each application, and
// HAProxy in front.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertHaproxy, startHaproxy } from './haproxy.mjs';
import { end, freePorts, sleep, until } from './processes.mjs';
import { Stack } from './stack.mjs';

const CLI = fileURLToPath(new URL('../../dist/bundle/main.js', import.meta.url));
/** How many processes of each application there are. */
export const COUNTS = { ingest: 2, projector: 3, query: 2 };
/** A process that ended by itself is started again after so long. */
const RESTART_MS = 1000;

/** Processes of the product over servers that run. */
export class Cluster {
  #processes = new Map();
  #proxy = null;
  #isEnding = false;

  constructor(options) {
    this.options = options;
  }

  /**
   * Starts servers, processes and HAProxy; resolves when all are ready.
   * @param tell gets lines of progress, and what the processes print
   */
  static async up({ directory = null, stack = null, settings = {}, counts = COUNTS, tell }) {
    assertHaproxy();
    const ownStack = stack === null ? await Stack.up({ directory, tell }) : null;
    const servers = ownStack ?? stack;
    const cluster = new Cluster({ servers, ownStack, settings, tell });
    try {
      await cluster.#start(counts);
      return cluster;
    } catch (error) {
      await cluster.down();
      throw error;
    }
  }

  /** Where visitors and administrators go. */
  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The servers below it. */
  get stack() {
    return this.options.servers;
  }

  /** Names of the processes of one application, or of all. */
  names(application = '') {
    return [...this.#processes.keys()].filter((name) => name.startsWith(application));
  }

  /** Address of one process. */
  urlOf(name) {
    return `http://127.0.0.1:${this.#processes.get(name).port}`;
  }

  pidOf(name) {
    return this.#processes.get(name).child.pid;
  }

  /** What a process or a command has to be told. */
  environment(name = 'tool', port = 0) {
    const { servers, settings } = this.options;
    return {
      PATH: process.env.PATH,
      HINDSIGHT_PORT: String(port),
      HINDSIGHT_DATA: join(servers.directory, name),
      HINDSIGHT_TRUST_PROXY: '127.0.0.1',
      HINDSIGHT_CASSANDRA_REPLICATION: '1',
      HINDSIGHT_KAFKA_SESSION_MS: '6000',
      HINDSIGHT_PUBLIC_URL: this.url,
      ...servers.settings,
      ...settings,
    };
  }

  /** Sends a signal to a process. */
  signal(name, signal) {
    process.kill(this.pidOf(name), signal);
  }

  /** Ends a process and does not start it again. */
  async stop(name, signal = 'SIGTERM') {
    const entry = this.#processes.get(name);
    entry.isWanted = false;
    await end(entry.child.pid, signal);
  }

  /** Starts a process that was stopped; resolves when it is ready. */
  async start(name) {
    const entry = this.#processes.get(name);
    entry.isWanted = true;
    this.#launch(name, entry);
    await this.ready(name);
  }

  /** Resolves when a process says that it can do its work. */
  async ready(name) {
    await until(
      async () => {
        const response = await fetch(`${this.urlOf(name)}/readyz`);
        if (!response.ok) throw new Error(await response.text());
      },
      { what: name },
    );
  }

  /** Runs a command of the product on the cluster; gives its exit code and what it printed. */
  async command(...args) {
    const child = spawn(process.execPath, [CLI, ...args], { env: this.environment() });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part) => {
        text += part;
      });
    }
    const code = await new Promise((resolve) => child.once('exit', resolve));
    return { code, text };
  }

  /** Ends all processes, and the servers if they were started here. */
  async down() {
    this.#isEnding = true;
    if (this.#proxy !== null) await end(this.#proxy);
    const all = [...this.#processes.values()].filter(({ child }) => child !== null);
    await Promise.all(all.map(({ child }) => end(child.pid)));
    await this.options.ownStack?.down();
  }

  async #start(counts) {
    const { tell, servers } = this.options;
    const names = Object.entries(counts).flatMap(([application, count]) =>
      Array.from({ length: count }, (_, index) => `${application}-${index + 1}`),
    );
    const [proxyPort, ...ports] = await freePorts(names.length + 1);
    this.port = proxyPort;
    for (const [index, name] of names.entries()) {
      this.#processes.set(name, { port: ports[index], child: null, isWanted: true });
    }
    // The first of each makes what is not there yet: topic and tables.
    const isFirst = (name) => name.endsWith('-1');
    for (const some of [names.filter(isFirst), names.filter((name) => !isFirst(name))]) {
      await Promise.all(some.map((name) => this.start(name)));
      tell(`${some.join(', ')}: ready`);
    }
    const addresses = (application) =>
      this.names(application).map((name) => `127.0.0.1:${this.#processes.get(name).port}`);
    const backends = { ingest: addresses('ingest'), query: addresses('query') };
    const directory = join(servers.directory, 'proxy');
    mkdirSync(directory, { recursive: true });
    this.#proxy = await startHaproxy({ directory, port: this.port, backends });
  }

  #launch(name, entry) {
    const { tell } = this.options;
    const application = name.split('-')[0];
    const child = spawn(process.execPath, [CLI, application], {
      env: this.environment(name, entry.port),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    entry.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.on('data', (part) => {
        const lines = (rest + part).split('\n');
        rest = lines.pop();
        for (const line of lines) tell(`${name} | ${line}`);
      });
    }
    child.once('exit', async (code, signal) => {
      if (entry.child !== child || !entry.isWanted || this.#isEnding) return;
      tell(`${name} | ended with ${signal ?? code}; starting it again`);
      await sleep(RESTART_MS);
      if (entry.child === child && entry.isWanted && !this.#isEnding) this.#launch(name, entry);
    });
  }
}
