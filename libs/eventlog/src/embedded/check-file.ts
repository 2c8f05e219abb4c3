import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { EventLogError } from '../event-log.js';

/** LMDB's own mark, at byte 24 of each of its two first pages. */
const MAGIC = 0xbeefc0de;
const MAGIC_AT = 24;
const PAGE_BYTES = 4096;

/**
 * Looks at a file before LMDB does, which would take the whole process down with a file that is not
 * its own. One good page of the two is enough: the other may be half written.
 */
export function checkFile(path: string): void {
  if (!existsSync(path)) return;
  const handle = openSync(path, 'r');
  const head = Buffer.alloc(PAGE_BYTES + MAGIC_AT + 4);
  const length = readSync(handle, head, 0, head.length, 0);
  closeSync(handle);
  if (length === 0) return;
  const isGood = [0, PAGE_BYTES].some(
    (page) => page + MAGIC_AT + 4 <= length && head.readUInt32LE(page + MAGIC_AT) === MAGIC,
  );
  if (isGood) return;
  throw new EventLogError(
    'damaged',
    `the log is damaged: ${path} does not begin as a log does; restore it from a copy`,
    false,
  );
}
