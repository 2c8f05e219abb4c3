import { randomUUID } from 'node:crypto';
import { afterEach } from '@jest/globals';
import cassandra from 'cassandra-driver';

/** Where the real servers are that the test command has started. */
export interface Servers {
  readonly brokers: readonly string[];
  readonly contactPoints: readonly string[];
  readonly dataCenter: string;
}

/** Settings of the servers, for tests that need real ones. */
export function serverSettings(): Readonly<Record<string, string>> {
  const text = process.env['STACK_SETTINGS'];
  if (text === undefined) {
    throw new Error('this test needs Kafka and Cassandra: run it with `npm test -- <path>`');
  }
  return JSON.parse(text) as Record<string, string>;
}

export function servers(): Servers {
  const settings = serverSettings();
  return {
    brokers: (settings['HINDSIGHT_KAFKA_BROKERS'] as string).split(','),
    contactPoints: (settings['HINDSIGHT_CASSANDRA_CONTACT_POINTS'] as string).split(','),
    dataCenter: settings['HINDSIGHT_CASSANDRA_DATACENTER'] as string,
  };
}

/** Makes names of keyspaces; what was made in a test is removed after it. */
export function keyspacesOfTests(): () => string {
  const names: string[] = [];
  afterEach(async () => {
    for (const each of names.splice(0)) await dropKeyspace(each);
  });
  return () => {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    names.push(name);
    return name;
  };
}

/** Removes the tables of a test: a small server has no room for those of all tests. */
export function dropKeyspace(keyspace: string): Promise<void> {
  return executeIn(null, `DROP KEYSPACE IF EXISTS ${keyspace}`);
}

/** Sends one statement past the product. */
export async function executeIn(keyspace: string | null, statement: string): Promise<void> {
  const { contactPoints, dataCenter } = servers();
  const client = new cassandra.Client({
    contactPoints: [...contactPoints],
    localDataCenter: dataCenter,
    ...(keyspace === null ? {} : { keyspace }),
  });
  await client.execute(statement);
  await client.shutdown();
}
