import type { AcceptedEvent, Hit } from '../hit.js';
import { type Refused, refuse } from '../refusal.js';

/** A hit may be this old: a tracker keeps what it could not send for a week. */
const AGE_MAX_MS = 7 * 24 * 60 * 60 * 1000;
/** Nobody imports events from before. */
const OLDEST_MS = Date.UTC(2000, 0, 1);

/**
 * When each event happened: by the client's clock, corrected by the difference between its idea of
 * now and ours. Whoever has a token knows the time and is taken at their word.
 */
export function correctTime(hit: Hit): Refused | null {
  const { receivedAt, token } = hit;
  for (const batch of hit.batches) {
    if (token !== null) keepGiven(hit, batch);
    else {
      for (const event of batch.events) {
        event.occurredAt = corrected(event, batch.wire.sentAt, receivedAt);
      }
    }
  }
  return null;
}

function corrected(event: AcceptedEvent, sentAt: number, receivedAt: number): number {
  const { at } = event.wire;
  if (at > sentAt) return receivedAt;
  const occurredAt = at + (receivedAt - sentAt);
  return Math.min(receivedAt, Math.max(receivedAt - AGE_MAX_MS, occurredAt));
}

function keepGiven(hit: Hit, batch: Hit['batches'][number]): void {
  const kept = batch.events.filter((event) => {
    const { at } = event.wire;
    event.occurredAt = at;
    if (at >= OLDEST_MS && at <= hit.receivedAt) return true;
    const message = 't must lie between 2000-01-01 and now: with a token it is taken as given';
    hit.refused.push({
      ...refuse('bad_time', message),
      siteId: batch.site.id,
      batch: batch.index,
      event: event.index,
      count: 1,
    });
    return false;
  });
  batch.events.splice(0, batch.events.length, ...kept);
}
