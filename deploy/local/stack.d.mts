/** Real Kafka and Cassandra on this machine: see `stack.mjs`. */
export class Stack {
  readonly directory: string;
  readonly settings: Readonly<Record<string, string>>;
  pidOf(name: 'kafka' | 'cassandra'): number;
  stop(name: 'kafka' | 'cassandra', signal?: NodeJS.Signals): Promise<void>;
  start(name: 'kafka' | 'cassandra'): Promise<void>;
  down(): Promise<void>;
}
