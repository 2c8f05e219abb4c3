import { CassandraRegistry } from '#readmodel';
import { clusterOf, readSettings } from '#settings';

/** Prints the one-time link by which the first administrator of a cluster is made. */
export async function setupLink(): Promise<number> {
  const settings = readSettings(process.env);
  const registry = await CassandraRegistry.open(clusterOf(settings).cassandra);
  try {
    const token = await registry.issueSetupToken();
    if (token === null) {
      process.stderr.write('There is an administrator or a token already.\n');
      return 1;
    }
    process.stdout.write(`${settings.publicUrl ?? 'http://127.0.0.1:8080'}/setup#${token}\n`);
    return 0;
  } finally {
    await registry.close();
  }
}
