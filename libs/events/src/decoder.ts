import { ByteCache } from './byte-cache.js';
import { ByteReader } from './bytes.js';
import { typeByNumber } from './catalogue.js';
import { CodecError } from './codec-error.js';
import { FORMAT } from './encoder.js';
import {
  type ClientFacts,
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

/** Reads UTF-8 text; a runtime has a faster way than this library can know. */
export type ReadText = (bytes: Uint8Array, start: number, end: number) => string;

/** Texts of `ClientFacts`, each of which may be missing. */
const CLIENT_FIELDS = 8;

/** Reads the event that starts at a byte. */
export type Decode = (bytes: Uint8Array, start: number) => Envelope;

/** A decoder of the events that `encodeEnvelope` wrote, at any version so far. */
export function createDecoder(readText: ReadText): Decode {
  const decoder = new EnvelopeDecoder(readText, null);
  return (bytes, start) => decoder.decode(bytes, start);
}

/**
 * The same for whoever makes reports. What no report reads is passed over and left `null`: `userId`,
 * `previousUrl`, `pageViewId` and the properties of events but those of some names.
 */
export function createReportDecoder(
  readText: ReadText,
  namesWithProperties: ReadonlySet<string>,
): Decode {
  const decoder = new EnvelopeDecoder(readText, namesWithProperties);
  return (bytes, start) => decoder.decode(bytes, start);
}

class EnvelopeDecoder {
  private reader = new ByteReader(new Uint8Array(0));
  private readonly texts = new ByteCache<string>();
  private readonly clients = new ByteCache<ClientFacts>();

  private readonly readsAll: boolean;

  /** @param namesWithProperties names of the events whose properties are read; `null` = everything is */
  constructor(
    private readonly readText: ReadText,
    private readonly namesWithProperties: ReadonlySet<string> | null,
  ) {
    this.readsAll = namesWithProperties === null;
  }

  decode(bytes: Uint8Array, start: number): Envelope {
    const reader = new ByteReader(bytes, start);
    this.reader = reader;
    const format = reader.byte();
    if (format !== FORMAT) throw new CodecError('unknown_format', `event of format ${format}`);
    const number = reader.byte();
    const definition = typeByNumber(number);
    if (definition === undefined) throw new CodecError('unknown_type', `event type ${number}`);
    const version = reader.byte();
    if (version > definition.version) {
      throw new CodecError('newer_version', `${definition.type} of version ${version}`);
    }
    const siteId = this.repeated() as SiteId;
    const id = this.unique() as EventId;
    const name = this.repeated();
    const visitorId = this.unique() as VisitorId;
    const visitorHashHigh = reader.uint32();
    const visitorHashLow = reader.uint32();
    const userId = this.passed();
    const sessionStartedAtSeconds = reader.varint();
    const sessionNumber = reader.varint();
    const receivedAt = reader.uint48();
    const occurredAt = receivedAt - reader.signed();
    const flags = reader.varint();
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
      context: this.context(),
      geo: this.geo(),
      data: this.payload(name),
    };
    if (version < definition.version) {
      for (const upcast of definition.upcasters.slice(version - 1)) event = upcast(event);
    }
    return event;
  }

  private context(): EventContext {
    const url = this.url();
    const previousUrl = this.passed();
    const externalReferrer = this.url();
    const title = this.nullable();
    const pageViewId = this.passed();
    return { url, previousUrl, externalReferrer, title, pageViewId, client: this.client() };
  }

  /** One browser's facts are the same bytes with each of its events: read once, the same object. */
  private client(): ClientFacts {
    const { reader } = this;
    const start = reader.at;
    for (let left = CLIENT_FIELDS; left > 0; left -= 1) this.passOver();
    const end = reader.at;
    const known = this.clients.find(reader.bytes, start, end);
    if (known !== null) return known;
    reader.at = start;
    return this.clients.keep(reader.bytes, start, end, this.readClient());
  }

  private readClient(): ClientFacts {
    const userAgent = this.nullable();
    const clientHints = this.nullable();
    const language = this.nullable();
    const screen = this.nullable();
    const viewport = this.nullable();
    const ratio = this.nullable();
    const timeZone = this.nullable();
    const trackerBuild = this.nullable();
    return {
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

  private url(): ParsedUrl | null {
    const { reader } = this;
    if (reader.byte() === 0) return null;
    const href = this.repeated();
    const hostStart = reader.signed();
    const hostEnd = reader.signed();
    const pathStart = reader.signed();
    const pathEnd = reader.signed();
    return { href, hostStart, hostEnd, pathStart, pathEnd, queryEnd: reader.signed() };
  }

  private geo(): Geo {
    const { reader } = this;
    if (reader.byte() === 0) return NOWHERE;
    const country = this.nullable();
    const region = this.nullable();
    const city = this.nullable();
    const asn = reader.varint();
    const databaseVersion = this.nullable();
    return { country, region, city, asn: asn === 0 ? null : asn, source: 'mmdb', databaseVersion };
  }

  private payload(name: string): EventPayload {
    const { reader } = this;
    const engagedMs = reader.varint();
    const scroll = reader.varint();
    const hasMoney = reader.byte() === 1;
    const money = hasMoney ? { amount: reader.signed(), currency: this.repeated() } : null;
    const scrollPercent = scroll === 0 ? null : scroll - 1;
    return {
      engagedMs,
      scrollPercent,
      money,
      properties: this.namesWithProperties?.has(name) === false ? null : this.properties(),
    };
  }

  /** The last part of an event, so that it can be left where it is. */
  private properties(): Record<string, PropertyValue> | null {
    const { reader } = this;
    const count = reader.varint();
    if (count === 0) return null;
    const properties: Record<string, PropertyValue> = Object.create(null);
    for (let left = count - 1; left > 0; left -= 1) {
      const key = this.repeated();
      const kind = reader.byte();
      const value = this.unique();
      properties[key] = kind === 0 ? value : kind === 1 ? Number(value) : value === 'true';
    }
    return properties;
  }

  private nullable(): string | null {
    return this.reader.byte() === 0 ? null : this.repeated();
  }

  /** A text that no report reads. */
  private passed(): string | null {
    if (this.readsAll) return this.reader.byte() === 0 ? null : this.unique();
    this.passOver();
    return null;
  }

  private passOver(): void {
    const { reader } = this;
    if (reader.byte() === 0) return;
    const length = reader.varint();
    reader.at += length;
  }

  private unique(): string {
    const { reader } = this;
    const length = reader.varint();
    const start = reader.at;
    reader.at = start + length;
    return this.readText(reader.bytes, start, reader.at);
  }

  private repeated(): string {
    const { reader } = this;
    const length = reader.varint();
    const start = reader.at;
    reader.at = start + length;
    const known = this.texts.find(reader.bytes, start, reader.at);
    if (known !== null) return known;
    const text = this.readText(reader.bytes, start, reader.at);
    return this.texts.keep(reader.bytes, start, reader.at, text);
  }
}
