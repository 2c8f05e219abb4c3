import { NOWHERE } from '#events';
import type { AcceptedBatch, AcceptedEvent, Hit } from '../hit.js';
import { isRefused, type Refused, refuse } from '../refusal.js';
import { BATCH_EVENTS_MAX, readBatch, readEvent, type WireBatch } from '../wire.js';

/** Events over all batches of one request with a token. */
const TOKEN_EVENTS_MAX = 10_000;

/** A batch whose site is not looked up yet. */
type CheckedBatch = Omit<AcceptedBatch, 'site'>;

/** Judges each batch and each event by the wire format. */
export function validate(hit: Hit): Refused | null {
  const bodies = Array.isArray(hit.body) ? hit.body : [hit.body];
  if (bodies.length === 0) return refuse('bad_batch', 'the array of batches is empty');
  if (hit.token !== null && countEvents(bodies) > TOKEN_EVENTS_MAX) {
    return refuse('too_many_events', `a request may have ${TOKEN_EVENTS_MAX} events`);
  }
  const checked: CheckedBatch[] = [];
  for (const [index, body] of bodies.entries()) {
    const wire = readBatch(body);
    if (isRefused(wire)) {
      hit.refused.push({ ...wire, siteId: siteIdOf(body), batch: index, event: null, count: 1 });
      continue;
    }
    const { siteId, events } = wire;
    if (hit.token === null && events.length > BATCH_EVENTS_MAX) {
      const message = `a batch may have ${BATCH_EVENTS_MAX} events, not ${events.length}`;
      const count = events.length;
      hit.refused.push({
        ...refuse('too_many_events', message),
        siteId,
        batch: index,
        event: null,
        count,
      });
      continue;
    }
    checked.push({ wire, index, events: readEvents(hit, wire, index) });
  }
  // The site is found by the next step, which completes each batch.
  hit.batches = checked as AcceptedBatch[];
  return null;
}

function readEvents(hit: Hit, batch: WireBatch, batchIndex: number): AcceptedEvent[] {
  const accepted: AcceptedEvent[] = [];
  for (const [index, value] of batch.events.entries()) {
    const wire = readEvent(value, hit.token !== null);
    if (isRefused(wire)) {
      hit.refused.push({
        ...wire,
        siteId: batch.siteId,
        batch: batchIndex,
        event: index,
        count: 1,
      });
    } else {
      accepted.push({ wire, index, occurredAt: 0, visitorId: '', geo: NOWHERE });
    }
  }
  return accepted;
}

function countEvents(bodies: readonly unknown[]): number {
  return bodies.reduce<number>((sum, body) => {
    const events = (body as { e?: unknown } | null)?.e;
    return sum + (Array.isArray(events) ? events.length : 0);
  }, 0);
}

function siteIdOf(body: unknown): string {
  const siteId = (body as { s?: unknown } | null)?.s;
  return typeof siteId === 'string' ? siteId : '';
}
