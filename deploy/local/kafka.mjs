// One real Apache Kafka node (KRaft) on the loopback address.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { prepareServer } from './prepare-server.mjs';
import { isAlive, startDetached, until } from './processes.mjs';

const CLUSTER_ID_BYTES = 16;

/** Fills the directory of a node. */
export function prepareKafka(here, directory) {
  return prepareServer(directory, {
    settings: join(here, 'kafka/server.properties'),
    logging: join(here, 'kafka/log4j2.properties'),
    ports: ['PORT', 'CONTROLLER_PORT'],
  });
}

/** Starts the node: its process id at once, and `ready`, which resolves when it answers. */
export function startKafka({ directory, address }, jars) {
  const settings = join(directory, 'server.properties');
  const logging = `-Dlog4j2.configurationFile=file:${join(directory, 'log4j2.properties')}`;
  const path = ['-cp', join(jars, '*')];
  if (!existsSync(join(directory, 'data/meta.properties'))) {
    // One that begins with “-” would be read as an option.
    const id = randomBytes(CLUSTER_ID_BYTES).toString('base64url').replace(/^-/, 'A');
    const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', logging, ...path];
    const format = ['kafka.tools.StorageTool', 'format', '--standalone', '-t', id, '-c', settings];
    const { status, stderr } = spawnSync('java', [...flags, ...format], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`Kafka could not format its directory: ${stderr}`);
  }
  const heap = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:MaxMetaspaceSize=192m'];
  const small = ['-XX:ReservedCodeCacheSize=96m', '-Xss512k', '-XX:+ExitOnOutOfMemoryError'];
  const { pid } = startDetached(
    'java',
    [...heap, ...small, logging, ...path, 'kafka.Kafka', settings],
    { logFile: join(directory, 'kafka.log') },
  );
  return { pid, ready: kafkaAnswers(address, () => !isAlive(pid), directory) };
}

/** Resolves when a broker and a controller are there. */
async function kafkaAnswers(address, isLost, directory) {
  const what = `Kafka (see ${join(directory, 'kafka.log')})`;
  const attempt = async () => {
    const kafka = new kafkajs.Kafka({
      brokers: [address],
      clientId: 'stack',
      connectionTimeout: 500,
      retry: { retries: 0 },
      logCreator: () => () => {},
    });
    const admin = kafka.admin();
    try {
      await admin.connect();
      const { brokers, controller } = await admin.describeCluster();
      if (brokers.length === 0 || controller === null) throw new Error('no broker yet');
    } finally {
      await admin.disconnect();
    }
  };
  await until(attempt, { what, isLost });
}
