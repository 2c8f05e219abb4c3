#!/usr/bin/env node
import { EventLogError } from '#eventlog';
import { RegistryError, StoreError } from '#readmodel';
import { describeSettings, SettingsError } from '#settings';

/** One command of `hindsight`: its words for `--help`, and what it does. */
interface Command {
  readonly usage: string;
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** **The list of commands.** Each loads its own code when it is asked for. */
const COMMANDS: Readonly<Record<string, Command>> = {
  start: {
    usage: 'start                 runs the product on embedded storage',
    run: async () => (await import('./commands/start.js')).start(),
  },
  ingest: {
    usage: 'ingest                runs the doors for hits of a cluster',
    run: async () => (await import('./commands/ingest.js')).ingest(),
  },
  projector: {
    usage: 'projector             runs a projector of a cluster',
    run: async () => (await import('./commands/projector.js')).projector(),
  },
  query: {
    usage: 'query                 runs the GraphQL API and the dashboard of a cluster',
    run: async () => (await import('./commands/query.js')).query(),
  },
  'setup-link': {
    usage: 'setup-link            prints the link that makes a cluster’s first administrator',
    run: async () => (await import('./commands/setup-link.js')).setupLink(),
  },
  seed: {
    usage:
      'seed [--events N] [--days N] [--sites N] [--seed N]\n                        fills the log with realistic traffic; stop an embedded product first',
    run: async (args) => (await import('./commands/seed.js')).seed(args),
  },
  verify: {
    usage: 'verify                folds the log afresh and compares every stored row',
    run: async () => (await import('./commands/verify.js')).verify(),
  },
};

function help(): string {
  const settings = describeSettings().map(
    ([name, fallback, words]) =>
      `  ${name.padEnd(28)} ${words}${fallback && ` (default ${fallback})`}`,
  );
  return `Hindsight: web analytics in which every number is a projection of stored events.

Usage: hindsight <command>

${Object.values(COMMANDS)
  .map(({ usage }) => `  ${usage}`)
  .join('\n')}

Settings, by environment variable:

${settings.join('\n')}
`;
}

async function main(): Promise<number> {
  const [name = 'start', ...args] = process.argv.slice(2);
  if (name === '--help' || name === '-h' || name === 'help' || args.includes('--help')) {
    process.stdout.write(help());
    return 0;
  }
  const command = COMMANDS[name];
  if (command === undefined) {
    process.stderr.write(`There is no command “${name}”.\n\n${help()}`);
    return 2;
  }
  return command.run(args);
}

/** Errors whose message says it all. */
const KNOWN = [SettingsError, EventLogError, StoreError, RegistryError];

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const known = KNOWN.some((each) => error instanceof each) ? (error as Error).message : null;
    const text = known ?? (error instanceof Error ? error.stack : String(error));
    process.stderr.write(`hindsight: ${text}\n`);
    process.exitCode = 1;
  },
);
