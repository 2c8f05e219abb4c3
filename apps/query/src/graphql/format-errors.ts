import { randomUUID } from 'node:crypto';
import { HttpException } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { QUERY_ERROR_CODES, QueryError, type QueryErrorCode } from '../query-error.js';

/** Turns whatever went wrong into an error of the contract: a code and a sentence, never a stack. */
export function formatError(error: GraphQLError): GraphQLFormattedError {
  const { code, message } = describe(error);
  return {
    message,
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions: { code },
  };
}

function describe(error: GraphQLError): { code: QueryErrorCode; message: string } {
  const cause = innermost(error);
  if (cause instanceof QueryError) return { code: cause.code, message: cause.message };
  if (cause instanceof HttpException) return { code: 'BAD_INPUT', message: sentencesOf(cause) };
  const given = error.extensions['code'];
  if (QUERY_ERROR_CODES.includes(given as QueryErrorCode)) {
    return { code: given as QueryErrorCode, message: error.message };
  }
  // Without a cause it is GraphQL's own: syntax, an unknown field, a variable of the wrong type.
  if (cause instanceof GraphQLError) return { code: 'BAD_INPUT', message: error.message };
  const id = randomUUID();
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  process.stderr.write(
    `${JSON.stringify({ event: 'query_failed', requestId: id, error: text })}\n`,
  );
  return { code: 'UNAVAILABLE', message: `this could not be answered (request ${id})` };
}

function innermost(error: Error): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) {
    cause = cause.originalError;
  }
  return cause;
}

/** What the validator said about each argument. */
function sentencesOf(error: HttpException): string {
  const response = error.getResponse();
  const said =
    typeof response === 'object' ? (response as { message?: unknown }).message : response;
  return Array.isArray(said) ? said.join('; ') : String(said ?? error.message);
}
