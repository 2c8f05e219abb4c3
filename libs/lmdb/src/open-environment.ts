import { closeSync, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptions } from 'lmdb';

/** LMDB's own mark, at byte 24 of each of its two first pages. */
const MAGIC = 0xbeefc0de;
const MAGIC_AT = 24;
const PAGE_BYTES = 4096;

/** A file that is not LMDB's: opened, it would take the whole process down. */
export class ForeignFileError extends Error {
  constructor(path: string) {
    super(`${path} does not begin as it should; restore it from a copy`);
    this.name = 'ForeignFileError';
  }
}

/** Opens the files of one LMDB environment, after a look at them; throws `ForeignFileError`. */
export function openEnvironment(
  options: RootDatabaseOptions & { readonly path: string },
): RootDatabase {
  mkdirSync(dirname(options.path), { recursive: true });
  if (!process.listeners('unhandledRejection').includes(passFailedCommits)) {
    process.on('unhandledRejection', passFailedCommits);
  }
  const file = join(options.path, 'data.mdb');
  if (existsSync(file) && !isLmdb(file)) throw new ForeignFileError(file);
  return open(options);
}

/**
 * When a commit fails, LMDB's library rejects a promise of its own besides those of the writes, which
 * nobody can reach. It is no news, and no reason to end the process; everything else is.
 */
function passFailedCommits(error: unknown): void {
  if (!(error instanceof Error && 'commitError' in error)) throw error;
}

/** One good page of the two is enough: the other may be half written. An empty file is a new one. */
function isLmdb(file: string): boolean {
  const handle = openSync(file, 'r');
  const head = Buffer.alloc(PAGE_BYTES + MAGIC_AT + 4);
  const length = readSync(handle, head, 0, head.length, 0);
  closeSync(handle);
  if (length === 0) return true;
  return [0, PAGE_BYTES].some(
    (page) => page + MAGIC_AT + 4 <= length && head.readUInt32LE(page + MAGIC_AT) === MAGIC,
  );
}
