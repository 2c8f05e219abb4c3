import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Answers what went wrong before a question was understood: a code and a sentence, never a stack. */
@Catch()
export class RequestErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): unknown {
    // Inside GraphQL the errors are the API's own to format.
    if (host.getType<string>() === 'graphql') throw error;
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const status = statusOf(error);
    const isTheirs = status < 500;
    const message =
      isTheirs && error instanceof Error ? error.message : 'this could not be answered';
    if (!isTheirs) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`${JSON.stringify({ event: 'request_failed', error: text })}\n`);
    }
    const code = status === 404 ? 'NOT_FOUND' : isTheirs ? 'BAD_INPUT' : 'UNAVAILABLE';
    return reply
      .code(isTheirs ? status : 503)
      .send({ data: null, errors: [{ message, extensions: { code } }] });
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return (error as { statusCode?: number } | null)?.statusCode ?? 500;
}
