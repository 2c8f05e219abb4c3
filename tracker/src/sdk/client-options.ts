import type { ConsentState } from './consent-gate.js';
import type { Problem } from './event-map.js';

export interface ClientOptions {
  /** The site's id. */
  readonly site: string;
  /** Events that are sent at once, 1 to 100. */
  readonly flushAt?: number;
  /** Fewer are sent after so many milliseconds. */
  readonly flushMs?: number;
  /** What waits at most: events, characters, milliseconds. The oldest go first. */
  readonly eventsMax?: number;
  readonly lengthMax?: number;
  readonly ageMaxMs?: number;
  /** `wait`: nothing is stored or sent until `consent` says more. */
  readonly consent?: ConsentState;
  /** What a refusal leads to: nothing at all, or events without ids. */
  readonly denied?: 'off' | 'cookieless';
  /** Told about events that were refused or dropped; they are silent otherwise. */
  readonly onProblem?: (problem: Problem) => void;
}
