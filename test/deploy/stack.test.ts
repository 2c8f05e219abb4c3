import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

/** Stands in for a JVM: lives for ever unless the main class is one of those that fail. */
const JAVA = `#!/bin/sh
case "$*" in *StorageTool*) exit 0;; *$FAILING*) exit 1;; esac
while :; do sleep 0.2; done
`;

let base = '';
let directory = '';
const started: ChildProcess[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'hindsight-stack-test-'));
  directory = join(base, 'stack');
  mkdirSync(join(base, 'bin'));
  writeFileSync(join(base, 'bin/java'), JAVA, { mode: 0o755 });
  for (const name of ['kafka', 'cassandra']) {
    const pom = readFileSync(`deploy/local/${name}/pom.xml`, 'utf8');
    const version = /<version>([^<]+)<\/version>/.exec(pom)?.[1];
    const jars = join(base, 'hindsight-stack', `${name}-${version}`);
    mkdirSync(jars, { recursive: true });
    writeFileSync(join(jars, 'jamm-0.jar'), '');
  }
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  if (existsSync(stateFile())) await run('down').ended;
  rmSync(base, { recursive: true, force: true });
});

/** Runs a command of the stack with that JVM. */
function run(command: string, failing = 'nothing') {
  const child = spawn(process.execPath, ['deploy/local/run.mjs', command, directory], {
    env: {
      PATH: `${join(base, 'bin')}:${process.env['PATH']}`,
      XDG_CACHE_HOME: base,
      FAILING: failing,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(child);
  let text = '';
  child.stderr.on('data', (part) => {
    text += part;
  });
  const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, text }));
  });
  return { child, ended };
}

const stateFile = () => join(directory, 'stack.json');
interface State {
  servers: Record<string, { pid: number }>;
}
const readState = () => JSON.parse(readFileSync(stateFile(), 'utf8')) as State;
const pids = () => Object.values(readState().servers).map(({ pid }) => pid);
/** Whether both servers were started; the file may just be written. */
const hasBoth = () => {
  try {
    return pids().filter(Number.isInteger).length === 2;
  } catch {
    return false;
  }
};
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the stack of servers on one machine', () => {
  it.each(['kafka', 'cassandra'])('is ended as a whole when %s does not start', async (name) => {
    const { code, text } = await run('up', name === 'kafka' ? 'kafka.Kafka' : 'Cassandra').ended;
    expect(code).not.toBe(0);
    expect(text.toLowerCase()).toContain(`${name} (see`);
    expect(pids()).toHaveLength(2);
    expect(pids().filter(isAlive)).toEqual([]);
  });

  it('can be ended when starting it was interrupted', async () => {
    const { child, ended } = run('up');
    while (!hasBoth()) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await ended;
    expect(pids().filter(isAlive)).toHaveLength(2);
    expect((await run('down').ended).code).toBe(0);
    expect(pids().filter(isAlive)).toEqual([]);
  });

  it('leaves a process alone that has the id of a server by now', async () => {
    await run('up', 'kafka.Kafka').ended;
    const other = spawn('sleep', ['1000'], { stdio: 'ignore' });
    started.push(other);
    const state = readState();
    for (const server of Object.values(state.servers)) server.pid = other.pid as number;
    writeFileSync(stateFile(), JSON.stringify(state));
    expect((await run('down').ended).code).toBe(0);
    expect(other.exitCode ?? other.signalCode).toBeNull();
    expect(isAlive(other.pid as number)).toBe(true);
  });
});
