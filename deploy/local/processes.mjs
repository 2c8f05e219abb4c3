// Ports and processes: what was started here is ended here, and nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const STOP_TIMEOUT_MS = 10_000;

/** Free loopback ports, all different. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer().on('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Starts a process of its own group that outlives its parent; output goes to a file. */
export function startDetached(command, args, { logFile, ...options }) {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] });
  child.on('error', () => {});
  child.unref();
  return child;
}

/** Whether a process with this id lives. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether a process lives that was started for a directory: a saved id may be another process by now. */
export function isAliveIn(directory, pid) {
  return isAlive(pid) && commandOf(pid).includes(`${directory}/`);
}

function commandOf(pid) {
  const file = `/proc/${pid}/cmdline`;
  if (existsSync(file)) return readFileSync(file, 'utf8');
  return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
}

/** Ends a process: politely, then for good. */
export async function end(pid, signal = 'SIGTERM') {
  if (!isAlive(pid)) return;
  process.kill(pid, signal);
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid) && Date.now() < deadline) await sleep(50);
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await sleep(20);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `attempt` until it does not throw. */
export async function until(attempt, { what, timeoutMs = 120_000, isLost = () => false }) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (isLost()) throw new Error(`${what} ended before it was ready`, { cause: error });
      if (Date.now() > deadline) throw new Error(`${what} is not ready`, { cause: error });
      await sleep(100);
    }
  }
}
