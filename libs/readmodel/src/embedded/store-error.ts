import { fileFailureOf } from '#lmdb';
import { StoreError } from '../report-store.js';

/** Turns whatever the disk or LMDB said into an error of the port. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, message, retriable } = fileFailureOf(error, 'the read model');
  return new StoreError(code, message, retriable, { cause: error });
}
