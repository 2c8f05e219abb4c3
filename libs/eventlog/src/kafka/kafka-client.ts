import kafkajs, { type Kafka } from 'kafkajs';
import { EventLogError } from '../event-log.js';

/** A broker that does not take a connection in this time is not there. */
const CONNECTION_TIMEOUT_MS = 2000;
/** A broker that does not answer in this time is not there either; a long poll answers far earlier. */
const REQUEST_TIMEOUT_MS = 10_000;
const RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 8 };

/** A client of the brokers. kafkajs logs conditions that it mends itself as errors: those are left out. */
export function kafkaClient(brokers: readonly string[]): Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: 'hindsight',
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logCreator: () => () => {},
  });
}

/** What kafkajs threw, as an error of the log. Its class names lie; whatever it is, trying again may help. */
export function toLogError(error: unknown): EventLogError {
  if (error instanceof EventLogError) return error;
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  const text = cause?.message === undefined ? message : `${message} (${cause.message})`;
  return new EventLogError('unreachable', `Kafka cannot be reached: ${text}`, true, {
    cause: error,
  });
}
