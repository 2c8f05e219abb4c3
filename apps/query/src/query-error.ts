/** **The closed list of codes** that an answer's errors carry in `extensions.code`. */
export const QUERY_ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_INPUT',
  'TOO_COMPLEX',
  'CONFLICT',
  'UNAVAILABLE',
  'RATE_LIMITED',
] as const;
export type QueryErrorCode = (typeof QUERY_ERROR_CODES)[number];

/** An answer that is a refusal, with a sentence for whoever asked. */
export class QueryError extends Error {
  constructor(
    readonly code: QueryErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'QueryError';
  }
}

/** What was wrong with the question, and what is allowed. */
export function badInput(message: string): QueryError {
  return new QueryError('BAD_INPUT', message);
}

/** Something that this version does not have yet. */
export function unavailable(message: string): QueryError {
  return new QueryError('UNAVAILABLE', message);
}
