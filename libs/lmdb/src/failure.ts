import { ForeignFileError } from './open-environment.js';

/** A disk that takes only a part of what is written is an “input/output error” to LMDB. */
const DISK_FULL =
  /ENOSPC|No space left|MDB_MAP_FULL|EFBIG|File too large|EDQUOT|Input\/output error/i;
const DAMAGED =
  /MDB_CORRUPTED|MDB_INVALID|MDB_PAGE_NOTFOUND|MDB_VERSION|not an LMDB|Invalid argument/i;

/** What went wrong with a file, in the words that every port has for it. */
export interface FileFailure {
  readonly code: 'disk_full' | 'damaged' | 'write_failed';
  readonly message: string;
  /** Whether trying again may help. */
  readonly retriable: boolean;
}

/** Makes sense of what the disk or LMDB said. @param what the thing, as in “the log is damaged” */
export function fileFailureOf(error: unknown, what: string): FileFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (DISK_FULL.test(message)) {
    return {
      code: 'disk_full',
      message: `the disk is full, or it fails: ${message}`,
      retriable: true,
    };
  }
  if (error instanceof ForeignFileError || DAMAGED.test(message)) {
    return { code: 'damaged', message: `${what} is damaged: ${message}`, retriable: false };
  }
  return {
    code: 'write_failed',
    message: `${what} cannot be written: ${message}`,
    retriable: true,
  };
}
