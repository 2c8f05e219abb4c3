import { createHash } from 'node:crypto';
import { realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLogError } from '../event-log.js';

/** How long the owner of a lock may take to say its process id. */
const ANSWER_TIMEOUT_MS = 1000;

/**
 * Holds a directory for one process: a local socket named after it, which the system itself takes
 * away when the process dies, however it dies. No stale lock file, no process id that means another.
 */
export class DirectoryLock {
  private constructor(private readonly server: Server) {}

  /** Rejects with code `locked` when another process holds the directory. */
  static async take(directory: string): Promise<DirectoryLock> {
    const address = addressOf(directory);
    for (const isLastTry of [false, true]) {
      const server = await listen(address);
      if (server !== null) return new DirectoryLock(server);
      const owner = await ownerOf(address);
      if (owner !== null || isLastTry) {
        throw new EventLogError(
          'locked',
          `the data directory ${directory} is in use by process ${owner ?? 'unknown'}; stop it first, or choose another HINDSIGHT_DATA`,
          false,
        );
      }
      if (process.platform !== 'linux') rmSync(address, { force: true });
    }
    throw new EventLogError('locked', `cannot lock ${directory}`, false);
  }

  async release(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Linux has sockets without a file; elsewhere a file in the temporary directory does. */
function addressOf(directory: string): string {
  const name = createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 32);
  return process.platform === 'linux'
    ? `\0hindsight-${name}`
    : join(tmpdir(), `hindsight-${name}.sock`);
}

function listen(address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end(String(process.pid)));
    server.unref();
    server.once('listening', () => resolve(server));
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(address);
  });
}

function ownerOf(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(address);
    let answer = '';
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.once('error', () => resolve(null));
    socket.once('close', () => resolve(answer === '' ? null : answer));
  });
}
