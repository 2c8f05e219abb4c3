import type { Stack } from './stack.mjs';

/** The whole cluster on this machine: see `cluster.mjs`. */
export class Cluster {
  static up(options: {
    directory?: string | null;
    stack?: Stack | null;
    settings?: Readonly<Record<string, string>>;
    counts?: Readonly<Record<string, number>>;
    tell: (line: string) => void;
  }): Promise<Cluster>;
  readonly url: string;
  readonly stack: Stack;
  names(application?: string): string[];
  urlOf(name: string): string;
  pidOf(name: string): number;
  signal(name: string, signal: NodeJS.Signals): void;
  stop(name: string, signal?: NodeJS.Signals): Promise<void>;
  start(name: string): Promise<void>;
  ready(name: string): Promise<void>;
  command(...args: string[]): Promise<{ code: number | null; text: string }>;
  down(): Promise<void>;
}
