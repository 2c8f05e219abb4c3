// Real Kafka and real Cassandra on this machine, without containers.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jarsOf } from './artifacts.mjs';
import { DATACENTER, prepareCassandra, startCassandra } from './cassandra.mjs';
import { prepareKafka, startKafka } from './kafka.mjs';
import { end, isAliveIn } from './processes.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const STATE = 'stack.json';

/** Servers that run, each with a way to end and start it again. */
export class Stack {
  #servers;

  constructor(directory, servers, isTemporary) {
    this.directory = directory;
    this.#servers = servers;
    this.isTemporary = isTemporary;
  }

  /** What the product needs to be told to use them. */
  get settings() {
    return {
      HINDSIGHT_KAFKA_BROKERS: this.#servers.kafka.address,
      HINDSIGHT_CASSANDRA_CONTACT_POINTS: this.#servers.cassandra.address,
      HINDSIGHT_CASSANDRA_DATACENTER: DATACENTER,
    };
  }

  /** Process id of `kafka` or `cassandra`. */
  pidOf(name) {
    return this.#servers[name].pid;
  }

  /** Ends one server: `SIGTERM` for politely, `SIGKILL` for as a power cut would. */
  async stop(name, signal = 'SIGTERM') {
    const { directory, pid } = this.#servers[name];
    if (isAliveIn(directory, pid)) await end(pid, signal);
  }

  /** Starts one server again in its own directory, on its own ports. */
  async start(name) {
    const server = this.#servers[name];
    const starts = { kafka: startKafka, cassandra: startCassandra };
    const { pid, ready } = starts[name](server, server.jars);
    server.pid = pid;
    // Before it answers: whoever is interrupted can end it all the same.
    this.save();
    await ready;
  }

  /** Ends both; a temporary directory goes away with them. */
  async down() {
    await this.#stopAll(this.isTemporary ? 'SIGKILL' : 'SIGTERM');
    if (this.isTemporary) rmSync(this.directory, { recursive: true, force: true });
    else this.save();
  }

  async #stopAll(signal) {
    await Promise.all(Object.keys(this.#servers).map((name) => this.stop(name, signal)));
  }

  save() {
    const text = JSON.stringify({ servers: this.#servers, isTemporary: this.isTemporary }, null, 2);
    writeFileSync(join(this.directory, STATE), `${text}\n`);
  }

  /** The stack of a directory, or `null`. */
  static at(directory) {
    const file = join(directory, STATE);
    if (!existsSync(file)) return null;
    const { servers, isTemporary } = JSON.parse(readFileSync(file, 'utf8'));
    return new Stack(directory, servers, isTemporary);
  }

  /** Which servers run. */
  status() {
    return Object.entries(this.#servers).map(([name, { directory, pid, address }]) => ({
      name,
      address,
      pid,
      isRunning: isAliveIn(directory, pid),
    }));
  }

  /**
   * Starts both servers, in a directory that stays, or in a temporary one.
   * @param tell gets lines of progress
   * @param signal ends what was started so far, and rejects
   */
  static async up({ directory: wanted = null, tell = () => {}, signal = null } = {}) {
    const isTemporary = wanted === null;
    const directory = isTemporary
      ? mkdtempSync(join(tmpdir(), 'hindsight-stack-'))
      : resolve(wanted);
    mkdirSync(directory, { recursive: true });
    const known = Stack.at(directory);
    if (known?.status().some(({ isRunning }) => isRunning)) {
      throw new Error(`a stack runs in ${directory} already: end it first`);
    }
    const [kafkaJars, cassandraJars] = [
      await jarsOf('kafka', here, tell),
      await jarsOf('cassandra', here, tell),
    ];
    const servers =
      known === null
        ? {
            kafka: { ...(await prepareKafka(here, join(directory, 'kafka'))), jars: kafkaJars },
            cassandra: {
              ...(await prepareCassandra(here, join(directory, 'cassandra'))),
              jars: cassandraJars,
            },
          }
        : known.#servers;
    const stack = new Stack(directory, servers, isTemporary);
    const startedAt = Date.now();
    const start = async (name) => {
      tell(`${name}: starting`);
      await stack.start(name);
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      tell(`${name}: answers on ${servers[name].address} after ${seconds} s`);
    };
    // Whoever waits for a server that ended hears of it at once.
    signal?.addEventListener('abort', () => stack.#stopAll('SIGKILL'));
    try {
      signal?.throwIfAborted();
      await Promise.all(Object.keys(servers).map(start));
      return stack;
    } catch (error) {
      if (signal?.aborted) await stack.down();
      // Their output stays, for whoever wants to know why.
      else await stack.#stopAll('SIGKILL');
      throw error;
    }
  }
}
