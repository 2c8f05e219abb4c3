import { definitionOf, type Envelope, type EventId, emptyEnvelope, type SiteId } from '#events';

/** The event by which a site is deleted: nobody's visit, only a fact about the site. */
export function siteDeletedEvent(siteId: SiteId, id: string, now: number): Envelope {
  return {
    ...emptyEnvelope(),
    id: id as EventId,
    type: 'site_deleted',
    version: definitionOf('site_deleted').version,
    name: 'site_deleted',
    siteId,
    occurredAt: now,
    receivedAt: now,
  };
}
