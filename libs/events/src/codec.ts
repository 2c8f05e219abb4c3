import { ByteReader, ByteWriter } from './bytes.js';
import { definitionOf, typeByNumber } from './catalogue.js';
import {
  type Envelope,
  type EventContext,
  type EventId,
  type EventPayload,
  type Geo,
  NOWHERE,
  type ParsedUrl,
  type PropertyValue,
  type SiteId,
  type VisitorId,
} from './envelope.js';

/** Layout of the bytes below; a new one gets a new number and keeps the old reader. */
const FORMAT = 1;

/** An event that this version cannot read. */
export class CodecError extends Error {
  constructor(
    readonly code: 'unknown_format' | 'unknown_type' | 'newer_version',
    message: string,
  ) {
    super(message);
    this.name = 'CodecError';
  }
}

/** Reads UTF-8 text; a runtime has a faster way than this library can know. */
export type ReadText = (bytes: Uint8Array, start: number, end: number) => string;

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
  encodeUrl(context.url);
  optional(context.previousUrl);
  encodeUrl(context.externalReferrer);
  optional(context.title);
  optional(context.pageViewId);
  optional(context.userAgent);
  optional(context.clientHints);
  optional(context.language);
  optional(context.screen);
  optional(context.viewport);
  optional(context.pixelRatio === null ? null : String(context.pixelRatio));
  optional(context.timeZone);
  optional(context.trackerBuild);
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

/** A decoder of the events that `encodeEnvelope` wrote, at any version so far. */
export function createDecoder(
  readText: ReadText,
): (bytes: Uint8Array, start: number, end: number) => Envelope {
  return (bytes, start) => {
    const reader = new ByteReader(bytes, start);
    const text = () => {
      const length = reader.varint();
      reader.at += length;
      return readText(bytes, reader.at - length, reader.at);
    };
    return decode(reader, text);
  };
}

function decode(reader: ByteReader, text: () => string): Envelope {
  const format = reader.byte();
  if (format !== FORMAT) throw new CodecError('unknown_format', `event of format ${format}`);
  const number = reader.byte();
  const definition = typeByNumber(number);
  if (definition === undefined) throw new CodecError('unknown_type', `event type ${number}`);
  const version = reader.byte();
  if (version > definition.version) {
    throw new CodecError('newer_version', `${definition.type} of version ${version}`);
  }
  const nullable = () => (reader.byte() === 0 ? null : text());
  const siteId = text() as SiteId;
  const id = text() as EventId;
  const name = text();
  const visitorId = text() as VisitorId;
  const visitorHashHigh = reader.uint32();
  const visitorHashLow = reader.uint32();
  const userId = nullable();
  const sessionStartedAtSeconds = reader.varint();
  const sessionNumber = reader.varint();
  const receivedAt = reader.uint48();
  const occurredAt = receivedAt - reader.signed();
  const flags = reader.varint();
  const context = decodeContext(reader, text, nullable);
  const geo = decodeGeo(reader, nullable);
  const data = decodePayload(reader, text);
  let event: Envelope = {
    id,
    type: definition.type,
    version,
    name,
    siteId,
    visitorId,
    visitorHashHigh,
    visitorHashLow,
    userId,
    sessionStartedAtSeconds,
    sessionNumber,
    occurredAt,
    receivedAt,
    flags,
    context,
    geo,
    data,
  };
  for (const upcast of definition.upcasters.slice(version - 1)) event = upcast(event);
  return event;
}

function decodeContext(
  reader: ByteReader,
  text: () => string,
  nullable: () => string | null,
): EventContext {
  const url = decodeUrl(reader, text);
  const previousUrl = nullable();
  const externalReferrer = decodeUrl(reader, text);
  const title = nullable();
  const pageViewId = nullable();
  const userAgent = nullable();
  const clientHints = nullable();
  const language = nullable();
  const screen = nullable();
  const viewport = nullable();
  const ratio = nullable();
  const timeZone = nullable();
  const trackerBuild = nullable();
  return {
    url,
    previousUrl,
    externalReferrer,
    title,
    pageViewId,
    userAgent,
    clientHints,
    language,
    screen,
    viewport,
    pixelRatio: ratio === null ? null : Number(ratio),
    timeZone,
    trackerBuild,
  };
}

function decodeUrl(reader: ByteReader, text: () => string): ParsedUrl | null {
  if (reader.byte() === 0) return null;
  const href = text();
  const hostStart = reader.signed();
  const hostEnd = reader.signed();
  const pathStart = reader.signed();
  const pathEnd = reader.signed();
  return { href, hostStart, hostEnd, pathStart, pathEnd, queryEnd: reader.signed() };
}

function decodeGeo(reader: ByteReader, nullable: () => string | null): Geo {
  if (reader.byte() === 0) return NOWHERE;
  const country = nullable();
  const region = nullable();
  const city = nullable();
  const asn = reader.varint();
  const databaseVersion = nullable();
  return { country, region, city, asn: asn === 0 ? null : asn, source: 'mmdb', databaseVersion };
}

function decodePayload(reader: ByteReader, text: () => string): EventPayload {
  const engagedMs = reader.varint();
  const scroll = reader.varint();
  const hasMoney = reader.byte() === 1;
  const money = hasMoney ? { amount: reader.signed(), currency: text() } : null;
  const count = reader.varint();
  const properties: Record<string, PropertyValue> = Object.create(null);
  for (let left = count - 1; left > 0; left -= 1) {
    const key = text();
    const kind = reader.byte();
    const value = text();
    properties[key] = kind === 0 ? value : kind === 1 ? Number(value) : value === 'true';
  }
  return {
    engagedMs,
    scrollPercent: scroll === 0 ? null : scroll - 1,
    money,
    properties: count === 0 ? null : properties,
  };
}
