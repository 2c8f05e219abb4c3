import { type EventLog, EventLogError, type NewRecord, partitionOf } from '#eventlog';
import {
  definitionOf,
  type Envelope,
  EVENT_FLAGS,
  type EventId,
  encodeEnvelope,
  type SiteId,
  typeOfName,
  type VisitorId,
  visitorHashOf,
} from '#events';
import { siteKeyOf } from '#readmodel';
import type { AcceptedBatch, AcceptedEvent, Hit } from '../hit.js';
import { cutText, parseUrl } from '../parse-url.js';
import { type Refused, refuse } from '../refusal.js';
import { TITLE_MAX, URL_MAX } from '../wire.js';

/** How much of a user agent is kept: real ones end at a few hundred characters. */
const USER_AGENT_MAX = 1024;

/** Writes what was accepted to the log; resolves when it is durable. */
export async function append(hit: Hit, log: EventLog): Promise<Refused | null> {
  const records: NewRecord[] = [];
  for (const batch of hit.batches) {
    for (const event of batch.events) records.push(recordOf(hit, batch, event, log.partitions));
  }
  hit.records = records;
  if (records.length === 0) return null;
  try {
    await log.append(records);
    return null;
  } catch (error) {
    if (error instanceof EventLogError) return refuse('unavailable', error.message);
    throw error;
  }
}

function recordOf(
  hit: Hit,
  batch: AcceptedBatch,
  event: AcceptedEvent,
  partitions: number,
): NewRecord {
  const envelope = envelopeOf(hit, batch, event);
  const visitor = { high: envelope.visitorHashHigh, low: envelope.visitorHashLow };
  return {
    partition: partitionOf(siteKeyOf(batch.site), visitor, batch.site.fanout, partitions),
    siteId: envelope.siteId,
    bytes: encodeEnvelope(envelope),
  };
}

function envelopeOf(
  hit: Hit,
  { wire: batch, site }: AcceptedBatch,
  event: AcceptedEvent,
): Envelope {
  const { wire } = event;
  const { context } = batch;
  const type = typeOfName(wire.name);
  const visitor = visitorHashOf(event.visitorId);
  const isUrlCut = wire.url !== null && wire.url.length > URL_MAX;
  const isTitleCut = wire.title !== null && wire.title.length > TITLE_MAX;
  const userAgent = wire.userAgent ?? hit.userAgent;
  return {
    id: wire.id as EventId,
    type,
    version: definitionOf(type).version,
    name: wire.name,
    siteId: siteKeyOf(site) as SiteId,
    visitorId: event.visitorId as VisitorId,
    visitorHashHigh: visitor.high,
    visitorHashLow: visitor.low,
    userId: batch.userId,
    sessionStartedAtSeconds: batch.sessionStartedAtSeconds,
    sessionNumber: batch.sessionNumber,
    occurredAt: event.occurredAt,
    receivedAt: hit.receivedAt,
    flags:
      batch.flags | (isUrlCut ? EVENT_FLAGS.urlCut : 0) | (isTitleCut ? EVENT_FLAGS.titleCut : 0),
    context: {
      url: wire.url === null ? null : parseUrl(cutText(wire.url, URL_MAX)),
      previousUrl: wire.previousUrl === null ? null : cutText(wire.previousUrl, URL_MAX),
      externalReferrer:
        context.externalReferrer === null
          ? null
          : parseUrl(cutText(context.externalReferrer, URL_MAX)),
      title: wire.title === null ? null : cutText(wire.title, TITLE_MAX).toWellFormed(),
      pageViewId: wire.pageViewId,
      client: {
        userAgent: userAgent === null ? null : cutText(userAgent, USER_AGENT_MAX),
        clientHints: context.clientHints,
        language: context.language,
        screen: context.screen,
        viewport: context.viewport,
        pixelRatio: context.pixelRatio,
        timeZone: context.timeZone,
        trackerBuild: context.trackerBuild,
      },
    },
    geo: event.geo,
    data: {
      engagedMs: wire.engagedMs,
      scrollPercent: wire.scrollPercent,
      money: wire.money,
      properties: wire.properties,
    },
  };
}
