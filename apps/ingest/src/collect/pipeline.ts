/**
 * **The ordered list of steps** that every hit takes. Each gets the hit from the one before and knows
 * nothing of the one after; each is timed and counted by name. A step refuses the whole request by
 * returning why, and parts of it by adding to `hit.refused`.
 */
import type { EventLog } from '#eventlog';
import type { RateLimit } from '#http';
import type { Registry } from '#readmodel';
import type { DailySalts } from './daily-salts.js';
import type { Hit } from './hit.js';
import { type Refused, refuse } from './refusal.js';
import { append } from './steps/append.js';
import { correctTime } from './steps/correct-time.js';
import { identify } from './steps/identify.js';
import { locate, type Places } from './steps/locate.js';
import { readBody } from './steps/read-body.js';
import { resolveSite } from './steps/resolve-site.js';
import { validate } from './steps/validate.js';

/** What the steps work with. */
export interface PipelineParts {
  readonly log: EventLog;
  readonly registry: Registry;
  readonly places: Places;
  readonly salts: DailySalts;
  readonly rateLimit: RateLimit;
  /** Told how long each step took, in milliseconds. */
  readonly onStep: (name: string, durationMs: number) => void;
}

type Step = (hit: Hit, parts: PipelineParts) => Refused | null | Promise<Refused | null>;

const STEPS: readonly (readonly [name: string, step: Step])[] = [
  ['read-body', (hit) => readBody(hit)],
  ['limit-rate', (hit, parts) => limitRate(hit, parts.rateLimit)],
  ['validate', (hit) => validate(hit)],
  ['resolve-site', (hit, parts) => resolveSite(hit, parts.registry)],
  ['correct-time', (hit) => correctTime(hit)],
  ['identify', (hit, parts) => identify(hit, parts.salts)],
  ['locate', (hit, parts) => locate(hit, parts.places)],
  ['append', (hit, parts) => append(hit, parts.log)],
];

/** Names of the steps, in order. */
export const STEP_NAMES = STEPS.map(([name]) => name);

/** Takes a hit through all steps; resolves with why the whole of it was refused, or `null`. */
export async function runPipeline(hit: Hit, parts: PipelineParts): Promise<Refused | null> {
  let startedAt = performance.now();
  for (const [name, step] of STEPS) {
    const result = step(hit, parts);
    const refused = result instanceof Promise ? await result : result;
    const now = performance.now();
    parts.onStep(name, now - startedAt);
    startedAt = now;
    if (refused !== null) return refused;
  }
  return null;
}

function limitRate(hit: Hit, rateLimit: RateLimit): Refused | null {
  if (hit.token !== null) return null;
  const batches = Array.isArray(hit.body) ? hit.body : [hit.body];
  let hits = 0;
  for (const batch of batches) {
    const events = (batch as { e?: unknown } | null)?.e;
    hits += Array.isArray(events) ? Math.max(1, events.length) : 1;
  }
  if (rateLimit.take(hit.address, hits, hit.receivedAt)) return null;
  return refuse('rate_limited', `an address may send ${rateLimit.perMinute} hits a minute`);
}
