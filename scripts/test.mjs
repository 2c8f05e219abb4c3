// README's second command: every test. The last line is `N passed, N failed`.
// Tests against real Kafka and Cassandra need a JDK 17, Maven and HAProxy; without them they are left out,
// and this says so. With them the end-to-end suite runs a second time, against a cluster.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

/** Tests that talk to real servers. */
const ON_SERVERS = '/(kafka|cassandra|cluster)/';
/** What only a process with its own directory can be asked. */
const NOT_BY_URL = 'e2e/(faults|delivery)';
const ADMIN_TOKEN = 'test-administrator-token-0123456789';

prepare();
// They need what was installed just now.
const { Stack } = await import('../deploy/local/stack.mjs');
const { Cluster } = await import('../deploy/local/cluster.mjs');

const tell = (line) => process.stderr.write(`${line}\n`);
const directory = mkdtempSync(join(tmpdir(), 'hindsight-tests-'));
const running = [];
let child = null;
const ending = new AbortController();

async function endAll() {
  ending.abort();
  child?.kill('SIGTERM');
  for (const each of running.splice(0).reverse()) await each.down();
  rmSync(directory, { recursive: true, force: true });
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => endAll().finally(() => process.exit(1)));
}

/** Waits for servers that start; whoever ends the tests meanwhile ends them too. */
function keep(starting) {
  running.push({ down: async () => (await starting.catch(() => null))?.down() });
  return starting;
}

/** Whether the programs are here that servers need. */
function canRunServers() {
  const missing = [
    ['java', '-version'],
    ['mvn', '-version'],
    ['haproxy', '-v'],
  ]
    .filter(([command, flag]) => spawnSync(command, [flag], { stdio: 'ignore' }).status !== 0)
    .map(([command]) => command);
  if (missing.length === 0) return true;
  if (process.env.CI !== undefined) throw new Error(`CI needs ${missing.join(', ')}`);
  tell(`No ${missing.join(', ')} here: the tests on real Kafka and Cassandra are left out.`);
  return false;
}

/** Runs Jest; gives the counts of its report. */
async function runJest(name, args, environment = {}) {
  ending.signal.throwIfAborted();
  const report = join(directory, `${name}.json`);
  const flags = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  child = spawn(process.execPath, [...flags, '--json', `--outputFile=${report}`, ...args], {
    cwd: root,
    stdio: ['inherit', 'ignore', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const status = await new Promise((resolve) => child.once('exit', resolve));
  child = null;
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return { passed: result.numPassedTests, failed: status === 0 ? failed : Math.max(failed, 1) };
  } catch (error) {
    tell(`no test report: ${error}`);
    return { passed: 0, failed: 1 };
  }
}

const counts = { passed: 0, failed: 0 };
const add = ({ passed, failed }) => {
  counts.passed += passed;
  counts.failed += failed;
};
const wanted = process.argv.slice(2);
try {
  if (canRunServers()) {
    const stack = await keep(Stack.up({ tell, signal: ending.signal }));
    add(await runJest('all', wanted, { STACK_SETTINGS: JSON.stringify(stack.settings) }));
    if (wanted.length === 0) {
      tell('The end-to-end suite once more, against a cluster.');
      const settings = { HINDSIGHT_ADMIN_TOKEN: ADMIN_TOKEN };
      const cluster = await keep(Cluster.up({ stack, settings, tell: () => {} }));
      const address = { url: cluster.url, metricsUrl: cluster.urlOf('query-1') };
      const some = ['-i', 'test/e2e', '--testPathIgnorePatterns', NOT_BY_URL, '/dist/'];
      add(await runJest('cluster', some, { CLUSTER: JSON.stringify(address) }));
    }
  } else {
    add(await runJest('all', [`--testPathIgnorePatterns=${ON_SERVERS}`, '/dist/', ...wanted]));
  }
} catch (error) {
  if (!ending.signal.aborted) tell(error.stack);
  counts.failed += 1;
}
await endAll();
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
