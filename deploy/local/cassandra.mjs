// One real Apache Cassandra node on the loopback address.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import cassandra from 'cassandra-driver';
import { prepareServer } from './prepare-server.mjs';
import { isAlive, startDetached, until } from './processes.mjs';

/** What the server reaches into on JDK 17; its own start script has the same list. */
const EXPORTS = [
  'java.base/jdk.internal.misc',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'java.base/java.lang.ref',
  'jdk.unsupported/sun.misc',
  'jdk.attach/sun.tools.attach',
];
const OPENS = [
  'java.lang.module',
  'jdk.internal.loader',
  'jdk.internal.ref',
  'jdk.internal.reflect',
  'jdk.internal.math',
  'jdk.internal.module',
  'jdk.internal.util.jar',
  'sun.nio.ch',
  'java.io',
  'java.nio',
  'java.lang.reflect',
  'java.lang',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
];
const SMALL = [
  // Together with a small -Xms: the server locks its whole first heap in memory.
  '-Xms96m',
  '-Xmx768m',
  '-Xss384k',
  '-XX:+UseSerialGC',
  '-XX:MaxDirectMemorySize=192m',
  '-XX:MaxMetaspaceSize=192m',
  '-XX:ReservedCodeCacheSize=128m',
  '-XX:+ExitOnOutOfMemoryError',
  '-XX:-UsePerfData',
];
const QUICK_START = {
  'cassandra-foreground': 'yes',
  'cassandra.ring_delay_ms': 1,
  'cassandra.skip_wait_for_gossip_to_settle': 0,
  'cassandra.superuser_setup_delay_ms': 0,
  'cassandra.available_processors': 2,
  'io.netty.tryReflectionSetAccessible': true,
  'io.netty.allocator.maxOrder': 11,
  'io.netty.eventLoopThreads': 2,
  'java.net.preferIPv4Stack': true,
  'java.security.manager': 'allow',
  'jdk.attach.allowAttachSelf': true,
};
/** Name that the server gives its only data centre. */
export const DATACENTER = 'datacenter1';

/** Fills the directory of a node. */
export function prepareCassandra(here, directory) {
  return prepareServer(directory, {
    settings: join(here, 'cassandra/cassandra.yaml'),
    logging: join(here, 'cassandra/logback.xml'),
    ports: ['PORT', 'STORAGE_PORT', 'SSL_PORT'],
  });
}

/** Starts the node: its process id at once, and `ready`, which resolves when it answers. */
export function startCassandra({ directory, address }, jars) {
  const agent = readdirSync(jars).find((name) => /^jamm-.*\.jar$/.test(name));
  const properties = {
    ...QUICK_START,
    'cassandra.config': `file://${join(directory, 'cassandra.yaml')}`,
    'cassandra.storagedir': directory,
    'logback.configurationFile': join(directory, 'logback.xml'),
  };
  const { pid } = startDetached(
    'java',
    [
      `-javaagent:${join(jars, agent)}`,
      ...SMALL,
      ...EXPORTS.map((each) => `--add-exports=${each}=ALL-UNNAMED`),
      ...OPENS.map((each) => `--add-opens=java.base/${each}=ALL-UNNAMED`),
      '--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED',
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      '-cp',
      join(jars, '*'),
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    { logFile: join(directory, 'cassandra.log') },
  );
  return { pid, ready: cassandraAnswers(address, () => !isAlive(pid), directory) };
}

async function cassandraAnswers(address, isLost, directory) {
  const what = `Cassandra (see ${join(directory, 'cassandra.log')})`;
  const attempt = async () => {
    const client = new cassandra.Client({
      contactPoints: [address],
      localDataCenter: DATACENTER,
      socketOptions: { connectTimeout: 1000 },
    });
    try {
      await client.execute('SELECT release_version FROM system.local');
    } finally {
      await client.shutdown();
    }
  };
  await until(attempt, { what, isLost });
}
