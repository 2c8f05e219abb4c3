import type { BrowserContext } from 'playwright-core';

export type Kind = 'view' | 'attention' | 'other';

/** A tracker of the field, with its script and how its requests are read. */
export interface Tracker {
  readonly name: string;
  readonly version: string;
  readonly script: string;
  extension(name: string): string | null;
  read(request: { method: string; url: string; body: string }): Kind[];
}

export const STEPS: readonly { readonly name: string; readonly right: string }[];

export class FieldServer {
  static start(): Promise<FieldServer>;
  readonly port: number;
  readonly preflights: number;
  serve(tracker: Tracker | null): void;
  close(): Promise<void>;
}

export function walk(
  context: BrowserContext,
  server: FieldServer,
  tracker: Tracker,
  quietMs?: number,
): Promise<Kind[][]>;

export function isRight(sent: readonly Kind[], right: string): boolean;
