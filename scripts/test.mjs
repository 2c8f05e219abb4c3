// README's second command: every test. The last line is `N passed, N failed`.
// Tests against real Kafka and Cassandra need a JDK 17 and Maven; without them they are left out, and
// this says so.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

/** Tests that talk to real servers. */
const ON_SERVERS = '/(kafka|cassandra|cluster)/';

prepare();
// It needs what was installed just now.
const { Stack } = await import('../deploy/local/stack.mjs');
const hasJava = ['java', 'mvn'].every(
  (command) => spawnSync(command, ['-version'], { stdio: 'ignore' }).status === 0,
);
if (!hasJava && process.env.CI !== undefined) throw new Error('CI needs a JDK 17 and Maven');
const tell = (line) => process.stderr.write(`${line}\n`);
const stack = hasJava ? await Stack.up({ tell }) : null;
if (stack === null)
  tell('No JDK 17 and Maven here: the tests on real Kafka and Cassandra are left out.');
const directory = mkdtempSync(join(tmpdir(), 'hindsight-tests-'));
const report = join(directory, 'report.json');
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${report}`,
    ...(stack === null
      ? [`--testPathIgnorePatterns=${ON_SERVERS}`, '/node_modules/', '/dist/']
      : []),
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: ['inherit', 'ignore', 'inherit'],
    env: { ...process.env, ...(stack && { STACK_SETTINGS: JSON.stringify(stack.settings) }) },
  },
);
await stack?.down();
let passed = 0;
let failed = 1;
try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  passed = result.numPassedTests;
  failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
} catch (error) {
  process.stderr.write(`no test report: ${error}\n`);
}
rmSync(directory, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = status === 0 && failed === 0 && passed > 0 ? 0 : 1;
