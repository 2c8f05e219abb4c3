import {
  definitionOf,
  type Envelope,
  type EventId,
  NO_CONTEXT,
  NOWHERE,
  type SiteId,
  type VisitorId,
} from '#events';

/** The event by which a site is deleted: nobody's visit, only a fact about the site. */
export function siteDeletedEvent(siteId: SiteId, id: string, now: number): Envelope {
  return {
    id: id as EventId,
    type: 'site_deleted',
    version: definitionOf('site_deleted').version,
    name: 'site_deleted',
    siteId,
    visitorId: '' as VisitorId,
    visitorHashHigh: 0,
    visitorHashLow: 0,
    userId: null,
    sessionStartedAtSeconds: 0,
    sessionNumber: 0,
    occurredAt: now,
    receivedAt: now,
    flags: 0,
    context: NO_CONTEXT,
    geo: NOWHERE,
    data: { engagedMs: 0, scrollPercent: null, money: null, properties: null },
  };
}
