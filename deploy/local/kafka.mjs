// One real Apache Kafka node (KRaft) on the loopback address.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { freePorts, isAlive, startDetached, until } from './processes.mjs';

const CLUSTER_ID_BYTES = 16;

/** Writes the settings of a node into its directory; ports stay the same over restarts. */
export async function prepareKafka(here, directory) {
  mkdirSync(directory, { recursive: true });
  const [port, controllerPort] = await freePorts(2);
  const settings = readFileSync(join(here, 'kafka/server.properties'), 'utf8')
    .replaceAll('@PORT@', String(port))
    .replaceAll('@CONTROLLER_PORT@', String(controllerPort))
    .replaceAll('@DIRECTORY@', directory);
  writeFileSync(join(directory, 'server.properties'), settings);
  copyFileSync(join(here, 'kafka/log4j2.properties'), join(directory, 'log4j2.properties'));
  return { directory, port, address: `127.0.0.1:${port}` };
}

/** Starts the node and resolves with its process id when it answers. */
export async function startKafka({ directory, address }, jars) {
  const settings = join(directory, 'server.properties');
  const logging = `-Dlog4j2.configurationFile=file:${join(directory, 'log4j2.properties')}`;
  const path = ['-cp', join(jars, '*')];
  if (!existsSync(join(directory, 'data/meta.properties'))) {
    const id = randomBytes(CLUSTER_ID_BYTES).toString('base64url');
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
  await kafkaAnswers(address, () => !isAlive(pid), directory);
  return pid;
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
