import { typeByNumber } from './catalogue.js';
import { CodecError } from './codec-error.js';
import { FORMAT } from './encoder.js';
import {
  type Changeable,
  type Envelope,
  type EventContext,
  type EventId,
  type EventPayload,
  emptyEnvelope,
  type Geo,
  NOWHERE,
  type PropertyValue,
  type SiteId,
  type VisitorId,
} from './envelope.js';
import { FieldReader, type ReadText } from './field-reader.js';

/** Reads the event that starts at a byte. */
export type Decode = (bytes: Uint8Array, start: number) => Envelope;

/** A decoder of the events that `encodeEnvelope` wrote, at any version so far. */
export function createDecoder(readText: ReadText): Decode {
  const decoder = new EnvelopeDecoder(readText, null);
  return (bytes, start) => decoder.decode(bytes, start);
}

/**
 * The same for whoever makes reports, one event after the other: the event is the same object each time, its
 * contents valid until the next call. What no report reads is passed over and left `null`: `userId`,
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
  private readonly fields: FieldReader;
  private readonly readsAll: boolean;
  /** The one event that is filled again and again; `null` = each event is an object of its own. */
  private readonly event: Changeable<Envelope> | null;

  /** @param namesWithProperties names of the events whose properties are read; `null` = everything is */
  constructor(
    readText: ReadText,
    private readonly namesWithProperties: ReadonlySet<string> | null,
  ) {
    this.fields = new FieldReader(readText);
    this.readsAll = namesWithProperties === null;
    this.event = this.readsAll ? null : emptyEnvelope();
  }

  decode(bytes: Uint8Array, start: number): Envelope {
    const { fields } = this;
    const reader = fields.open(bytes, start);
    const format = reader.byte();
    if (format !== FORMAT) throw new CodecError('unknown_format', `event of format ${format}`);
    const number = reader.byte();
    const definition = typeByNumber(number);
    if (definition === undefined) throw new CodecError('unknown_type', `event type ${number}`);
    const version = reader.byte();
    if (version > definition.version) {
      throw new CodecError('newer_version', `${definition.type} of version ${version}`);
    }
    const event = this.event ?? emptyEnvelope();
    event.type = definition.type;
    event.version = version;
    event.siteId = this.fields.repeated() as SiteId;
    event.id = this.fields.unique() as EventId;
    event.name = this.fields.repeated();
    event.visitorId = this.fields.unique() as VisitorId;
    event.visitorHashHigh = reader.uint32();
    event.visitorHashLow = reader.uint32();
    event.userId = this.passed();
    event.sessionStartedAtSeconds = reader.varint();
    event.sessionNumber = reader.varint();
    event.receivedAt = reader.uint48();
    event.occurredAt = event.receivedAt - reader.signed();
    event.flags = reader.varint();
    this.readContext(event.context);
    event.geo = this.geo();
    this.readPayload(event.data, event.name);
    if (reader.at > bytes.length) throw new CodecError('truncated', 'an event ends too early');
    if (version === definition.version) return event;
    let upcasted: Envelope = event;
    for (const upcast of definition.upcasters.slice(version - 1)) upcasted = upcast(upcasted);
    return upcasted;
  }

  private readContext(context: Changeable<EventContext>): void {
    context.url = this.fields.url();
    context.previousUrl = this.passed();
    context.externalReferrer = this.fields.url();
    context.title = this.fields.nullable();
    context.pageViewId = this.passed();
    context.client = this.fields.client();
  }

  private geo(): Geo {
    const { numbers: reader } = this.fields;
    if (reader.byte() === 0) return NOWHERE;
    const country = this.fields.nullable();
    const region = this.fields.nullable();
    const city = this.fields.nullable();
    const asn = reader.varint();
    const databaseVersion = this.fields.nullable();
    return { country, region, city, asn: asn === 0 ? null : asn, source: 'mmdb', databaseVersion };
  }

  private readPayload(data: Changeable<EventPayload>, name: string): void {
    const { numbers: reader } = this.fields;
    data.engagedMs = reader.varint();
    const scroll = reader.varint();
    data.scrollPercent = scroll === 0 ? null : scroll - 1;
    const hasMoney = reader.byte() === 1;
    data.money = hasMoney ? { amount: reader.signed(), currency: this.fields.repeated() } : null;
    data.properties = this.namesWithProperties?.has(name) === false ? null : this.properties();
  }

  /** The last part of an event, so that it can be left where it is. */
  private properties(): Record<string, PropertyValue> | null {
    const { numbers: reader } = this.fields;
    const count = reader.varint();
    if (count === 0) return null;
    const properties: Record<string, PropertyValue> = Object.create(null);
    for (let left = count - 1; left > 0; left -= 1) {
      const key = this.fields.repeated();
      const kind = reader.byte();
      const value = this.fields.unique();
      properties[key] = kind === 0 ? value : kind === 1 ? Number(value) : value === 'true';
    }
    return properties;
  }

  /** A text that no report reads. */
  private passed(): string | null {
    if (this.readsAll) return this.fields.numbers.byte() === 0 ? null : this.fields.unique();
    this.fields.passOver();
    return null;
  }
}
