import type { Cluster } from '../../deploy/local/cluster.mjs';

/** Longer than a projector may be silent before its partitions go to others. */
const FROZEN_MS = 9000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Something that goes wrong, and is mended after a while. */
export interface Fault {
  readonly name: string;
  readonly happen: (cluster: Cluster, random: () => number) => Promise<void>;
}

function oneOf(cluster: Cluster, application: string, random: () => number): string {
  const names = cluster.names(application);
  return names[Math.floor(random() * names.length)] as string;
}

async function killProcess(cluster: Cluster, name: string, awayMs: number): Promise<void> {
  await cluster.stop(name, 'SIGKILL');
  await sleep(awayMs);
  await cluster.start(name);
}

async function freezeProcess(cluster: Cluster, name: string, frozenMs: number): Promise<void> {
  cluster.signal(name, 'SIGSTOP');
  await sleep(frozenMs);
  cluster.signal(name, 'SIGCONT');
}

function killOf(application: string): Fault {
  return {
    name: `kill −9 of ${application}`,
    happen: (cluster, random) =>
      killProcess(cluster, oneOf(cluster, application, random), random() * 2000),
  };
}

function freezeOf(application: string, frozenMs: (random: () => number) => number): Fault {
  return {
    name: `${application} stands still`,
    happen: (cluster, random) =>
      freezeProcess(cluster, oneOf(cluster, application, random), frozenMs(random)),
  };
}

function serverFaults(name: 'kafka' | 'cassandra'): Fault[] {
  return [
    {
      name: `kill −9 of ${name}`,
      async happen({ stack }, random) {
        await stack.stop(name, 'SIGKILL');
        await sleep(random() * 3000);
        await stack.start(name);
      },
    },
    {
      name: `${name} stands still`,
      async happen({ stack }, random) {
        process.kill(stack.pidOf(name), 'SIGSTOP');
        await sleep(1000 + random() * 4000);
        process.kill(stack.pidOf(name), 'SIGCONT');
      },
    },
  ];
}

function rollingRestart(application: string): Fault {
  return {
    name: `rolling restart of ${application}`,
    async happen(cluster) {
      for (const name of cluster.names(application)) {
        await cluster.stop(name);
        await cluster.start(name);
      }
    },
  };
}

/** **The list of faults.** */
export const FAULTS: readonly Fault[] = [
  killOf('ingest'),
  killOf('projector'),
  killOf('query'),
  freezeOf('ingest', (random) => random() * 4000),
  freezeOf('projector', (random) => (random() < 0.5 ? random() * 3000 : FROZEN_MS)),
  freezeOf('query', (random) => random() * 4000),
  ...serverFaults('kafka'),
  ...serverFaults('cassandra'),
  {
    name: 'one projector instead of three',
    async happen(cluster) {
      const [, ...others] = cluster.names('projector');
      for (const name of others) await cluster.stop(name);
      await sleep(3000);
      for (const name of others) await cluster.start(name);
    },
  },
  rollingRestart('ingest'),
  rollingRestart('projector'),
  rollingRestart('query'),
];
