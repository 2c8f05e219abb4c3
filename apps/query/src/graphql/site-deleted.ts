import { definitionOf, type Envelope, type EventId, type SiteId, type VisitorId } from '#events';

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
    context: {
      url: null,
      previousUrl: null,
      externalReferrer: null,
      title: null,
      pageViewId: null,
      userAgent: null,
      clientHints: null,
      language: null,
      screen: null,
      viewport: null,
      pixelRatio: null,
      timeZone: null,
      trackerBuild: null,
    },
    geo: {
      country: null,
      region: null,
      city: null,
      asn: null,
      source: 'none',
      databaseVersion: null,
    },
    data: { engagedMs: 0, scrollPercent: null, money: null, properties: null },
  };
}
