import { ByteCache } from './byte-cache.js';
import { ByteReader } from './byte-reader.js';
import type { ClientFacts, ParsedUrl } from './envelope.js';

/** Reads UTF-8 text; a runtime has a faster way than this library can know. */
export type ReadText = (bytes: Uint8Array, start: number, end: number) => string;

/** Texts of `ClientFacts`, each of which may be missing. */
const CLIENT_FIELDS = 8;
/** Places of a URL, behind its text. */
const URL_FIELDS = 5;
/** What is kept of texts, URLs and browsers that repeat: what a processor keeps near by. */
const TEXTS_KEPT = 1 << 10;
const URLS_KEPT = 1 << 11;
const CLIENTS_KEPT = 1 << 10;

/** Reads the parts of stored events; what repeats from event to event is the same object. */
export class FieldReader {
  /** Where the fields are read from: for those that are no text. */
  numbers = new ByteReader(new Uint8Array(0));
  private view = new DataView<ArrayBufferLike>(new ArrayBuffer(0));
  private readonly texts = new ByteCache<string>(TEXTS_KEPT);
  private readonly urls = new ByteCache<ParsedUrl>(URLS_KEPT);
  private readonly clients = new ByteCache<ClientFacts>(CLIENTS_KEPT);

  constructor(private readonly readText: ReadText) {}

  /** Goes to a byte; numbers are then read from what is returned. */
  open(bytes: Uint8Array, start: number): ByteReader {
    if (this.numbers.bytes !== bytes) {
      this.numbers = new ByteReader(bytes);
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.numbers.at = start;
    return this.numbers;
  }

  /** One browser's facts are the same bytes with each of its events: read once, the same object. */
  client(): ClientFacts {
    const { numbers: reader, view } = this;
    const start = reader.at;
    for (let left = CLIENT_FIELDS; left > 0; left -= 1) this.passOver();
    const end = reader.at;
    const known = this.clients.find(view, start, end);
    if (known !== null) return known;
    reader.at = start;
    return this.clients.keep(view, start, end, this.readClient());
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

  url(): ParsedUrl | null {
    const { numbers: reader, view } = this;
    if (reader.byte() === 0) return null;
    const start = reader.at;
    const length = reader.varint();
    reader.at += length;
    for (let left = URL_FIELDS; left > 0; left -= 1) reader.varint();
    const end = reader.at;
    const known = this.urls.find(view, start, end);
    if (known !== null) return known;
    reader.at = start;
    return this.urls.keep(view, start, end, this.readUrl());
  }

  private readUrl(): ParsedUrl {
    const { numbers: reader } = this;
    const href = this.unique();
    const hostStart = reader.signed();
    const hostEnd = reader.signed();
    const pathStart = reader.signed();
    const pathEnd = reader.signed();
    return { href, hostStart, hostEnd, pathStart, pathEnd, queryEnd: reader.signed() };
  }

  /** A text that may be missing and repeats from event to event. */
  nullable(): string | null {
    return this.numbers.byte() === 0 ? null : this.repeated();
  }

  /** Goes past a text that may be missing. */
  passOver(): void {
    const { numbers: reader } = this;
    const { bytes, at } = reader;
    const length = bytes[at + 1] as number;
    if (bytes[at] === 0) reader.at = at + 1;
    else if (length < 0x80) reader.at = at + 2 + length;
    else {
      reader.at = at + 1;
      const long = reader.varint();
      reader.at += long;
    }
  }

  /** A text that no other event has. */
  unique(): string {
    const { numbers: reader } = this;
    const length = reader.varint();
    const start = reader.at;
    reader.at = start + length;
    return this.readText(reader.bytes, start, reader.at);
  }

  /** A text that repeats from event to event. */
  repeated(): string {
    const { numbers: reader, view } = this;
    const length = reader.varint();
    const start = reader.at;
    reader.at = start + length;
    const known = this.texts.find(view, start, reader.at);
    if (known !== null) return known;
    const text = this.readText(reader.bytes, start, reader.at);
    return this.texts.keep(view, start, reader.at, text);
  }
}
