import { randomUUID } from 'node:crypto';
import { HttpException } from '@nestjs/common';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { QUERY_ERROR_CODES, QueryError, type QueryErrorCode } from '../query-error.js';

/** Turns everything that went wrong into errors of the contract. */
export function formatErrors(errors: readonly GraphQLError[]): GraphQLFormattedError[] {
  return errors
    .flatMap((error) => {
      // A document that is not valid comes as one error that holds the faults.
      const held = (error.originalError as { errors?: unknown } | undefined)?.errors;
      return Array.isArray(held) ? (held as GraphQLError[]) : [error];
    })
    .map(formatError);
}

/** A code and a sentence, never a stack. */
function formatError(error: GraphQLError): GraphQLFormattedError {
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
  const given = error.extensions?.['code'];
  if (QUERY_ERROR_CODES.includes(given as QueryErrorCode)) {
    return { code: given as QueryErrorCode, message: error.message };
  }
  // Without a cause it is GraphQL's own: syntax, an unknown field, a variable of the wrong type.
  if (isGraphqlError(cause)) return { code: 'BAD_INPUT', message: cause.message };
  const { statusCode = 500, message = '' } = (cause ?? {}) as {
    statusCode?: number;
    message?: string;
  };
  if (statusCode < 500) return { code: 'BAD_INPUT', message };
  const id = randomUUID();
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  process.stderr.write(
    `${JSON.stringify({ event: 'query_failed', requestId: id, error: text })}\n`,
  );
  return { code: 'UNAVAILABLE', message: `this could not be answered (request ${id})` };
}

function innermost(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (isGraphqlError(cause) && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}

/** By name: the library is loaded twice, once by us and once by the server, so `instanceof` lies. */
function isGraphqlError(error: unknown): error is GraphQLError {
  return error instanceof Error && error.name === 'GraphQLError';
}

/** What the validator said about each argument. */
function sentencesOf(error: HttpException): string {
  const response = error.getResponse();
  const said =
    typeof response === 'object' ? (response as { message?: unknown }).message : response;
  return Array.isArray(said) ? said.join('; ') : String(said ?? error.message);
}
