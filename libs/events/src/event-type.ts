import type { Envelope, EventType } from './envelope.js';

/** Lifts an event of version n to version n + 1; pure, so that history reads the same for ever. */
export type Upcaster = (event: Envelope) => Envelope;

/** One kind of event: how it is numbered on disk, its version, and how older ones are lifted. */
export interface EventTypeDefinition {
  readonly type: EventType;
  /** Number on disk; never given twice. */
  readonly number: number;
  readonly version: number;
  /** `upcasters[n - 1]` lifts version n. */
  readonly upcasters: readonly Upcaster[];
}
