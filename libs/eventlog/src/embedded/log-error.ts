import { EventLogError } from '../event-log.js';

const DISK_FULL = /ENOSPC|No space left|MDB_MAP_FULL|EFBIG|File too large|EDQUOT/i;
const DAMAGED =
  /MDB_CORRUPTED|MDB_INVALID|MDB_PAGE_NOTFOUND|MDB_VERSION|not an LMDB|Invalid argument/i;

/** Turns whatever the disk or LMDB said into an error of the port. */
export function toLogError(error: unknown): EventLogError {
  if (error instanceof EventLogError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (DISK_FULL.test(message)) {
    return new EventLogError('disk_full', `the disk is full: ${message}`, true, { cause: error });
  }
  if (DAMAGED.test(message)) {
    return new EventLogError('damaged', `the log is damaged: ${message}`, false, { cause: error });
  }
  return new EventLogError('write_failed', `the log cannot be written: ${message}`, true, {
    cause: error,
  });
}
