import { ByteWriter } from './bytes.js';
import { definitionOf } from './catalogue.js';
import type { Envelope, EventContext, EventPayload, Geo, ParsedUrl } from './envelope.js';

/** Layout of the bytes below; a new one gets a new number and keeps the old reader. */
export const FORMAT = 1;

const writer = new ByteWriter(1 << 12);

/** Bytes of one event. */
export function encodeEnvelope(event: Envelope): Uint8Array {
  writer.reset();
  const definition = definitionOf(event.type);
  writer.byte(FORMAT);
  writer.byte(definition.number);
  writer.byte(event.version);
  writer.utf8(event.siteId);
  writer.utf8(event.id);
  writer.utf8(event.name);
  writer.utf8(event.visitorId);
  writer.uint32(event.visitorHashHigh);
  writer.uint32(event.visitorHashLow);
  optional(event.userId);
  writer.varint(event.sessionStartedAtSeconds);
  writer.varint(event.sessionNumber);
  writer.uint48(event.receivedAt);
  writer.signed(event.receivedAt - event.occurredAt);
  writer.varint(event.flags);
  encodeContext(event.context);
  encodeGeo(event.geo);
  encodePayload(event.data);
  return writer.copy();
}

function optional(text: string | null): void {
  writer.byte(text === null ? 0 : 1);
  if (text !== null) writer.utf8(text);
}

function encodeContext(context: EventContext): void {
  const { client } = context;
  encodeUrl(context.url);
  optional(context.previousUrl);
  encodeUrl(context.externalReferrer);
  optional(context.title);
  optional(context.pageViewId);
  optional(client.userAgent);
  optional(client.clientHints);
  optional(client.language);
  optional(client.screen);
  optional(client.viewport);
  optional(client.pixelRatio === null ? null : String(client.pixelRatio));
  optional(client.timeZone);
  optional(client.trackerBuild);
}

function encodeUrl(url: ParsedUrl | null): void {
  if (url === null) return writer.byte(0);
  writer.byte(1);
  writer.utf8(url.href);
  writer.signed(url.hostStart);
  writer.signed(url.hostEnd);
  writer.signed(url.pathStart);
  writer.signed(url.pathEnd);
  writer.signed(url.queryEnd);
}

function encodeGeo(geo: Geo): void {
  writer.byte(geo.source === 'mmdb' ? 1 : 0);
  if (geo.source === 'none') return;
  optional(geo.country);
  optional(geo.region);
  optional(geo.city);
  writer.varint(geo.asn ?? 0);
  optional(geo.databaseVersion);
}

function encodePayload(data: EventPayload): void {
  writer.varint(data.engagedMs);
  writer.varint(data.scrollPercent === null ? 0 : data.scrollPercent + 1);
  writer.byte(data.money === null ? 0 : 1);
  if (data.money !== null) {
    writer.signed(data.money.amount);
    writer.utf8(data.money.currency);
  }
  const entries = Object.entries(data.properties ?? {});
  writer.varint(data.properties === null ? 0 : entries.length + 1);
  for (const [key, value] of entries) {
    writer.utf8(key);
    writer.byte(typeof value === 'string' ? 0 : typeof value === 'number' ? 1 : 2);
    writer.utf8(String(value));
  }
}
