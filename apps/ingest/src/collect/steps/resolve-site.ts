import type { Registry } from '#readmodel';
import type { AcceptedBatch, Hit } from '../hit.js';
import { type Refused, refuse } from '../refusal.js';

/** How much of a site id that does not exist is repeated in the message. */
const SHOWN_MAX = 60;

/** Finds the site of each batch, and whether the token may write to it. */
export function resolveSite(hit: Hit, registry: Registry): Refused | null {
  const { sites } = registry.view();
  const resolved: AcceptedBatch[] = [];
  for (const batch of hit.batches) {
    const { siteId } = batch.wire;
    const site = sites.get(siteId);
    const isForeign = hit.token?.siteIds?.includes(siteId) === false;
    if (site !== undefined && !isForeign) {
      resolved.push({ ...batch, site });
      continue;
    }
    const refused = isForeign
      ? refuse('forbidden', `the token has no right to site “${siteId.slice(0, SHOWN_MAX)}”`)
      : refuse('unknown_site', `there is no site “${siteId.slice(0, SHOWN_MAX)}”`);
    hit.refused.push({
      ...refused,
      siteId,
      batch: batch.index,
      event: null,
      count: Math.max(1, batch.events.length),
    });
  }
  hit.batches = resolved;
  return null;
}
