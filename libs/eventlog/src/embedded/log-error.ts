import { fileFailureOf } from '#lmdb';
import { EventLogError } from '../event-log.js';

/** Turns whatever the disk or LMDB said into an error of the port. */
export function toLogError(error: unknown): EventLogError {
  if (error instanceof EventLogError) return error;
  const { code, message, retriable } = fileFailureOf(error, 'the log');
  return new EventLogError(code, message, retriable, { cause: error });
}
