import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDecoder, createReportDecoder } from './decoder.js';
import { encodeEnvelope } from './encoder.js';
import type { Envelope, EventId, ParsedUrl, SiteId, VisitorId } from './envelope.js';
import { hash64 } from './hash.js';

const readText = (bytes: Uint8Array, start: number, end: number) =>
  new TextDecoder().decode(bytes.subarray(start, end));
const decode = createDecoder(readText);
const decodeForReports = createReportDecoder(readText, new Set(['click']));
const roundTrip = (event: Envelope) => {
  const bytes = encodeEnvelope(event);
  return decode(bytes, 0);
};
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  // Longer than one byte can tell, and than what is kept.
  { weight: 1, arbitrary: fc.string({ minLength: 120, maxLength: 300 }) },
);
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const place = fc.integer({ min: -1, max: 3000 });
const url: fc.Arbitrary<ParsedUrl> = fc.record({
  href: text,
  hostStart: place,
  hostEnd: place,
  pathStart: place,
  pathEnd: place,
  queryEnd: place,
});
const geo = fc.oneof(
  fc.constant({
    country: null,
    region: null,
    city: null,
    asn: null,
    source: 'none' as const,
    databaseVersion: null,
  }),
  fc.record({
    country: nullable(text),
    region: nullable(text),
    city: nullable(text),
    asn: nullable(fc.integer({ min: 1, max: 2 ** 32 })),
    source: fc.constant('mmdb' as const),
    databaseVersion: nullable(text),
  }),
);
const property = fc.oneof(
  text,
  fc.boolean(),
  fc.double({ noNaN: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
);
const envelope: fc.Arbitrary<Envelope> = fc
  .record({
    id: text,
    type: fc.constantFrom('page_view' as const, 'custom_event' as const, 'site_deleted' as const),
    version: fc.constant(1),
    name: text,
    siteId: text,
    visitorId: text,
    visitorHashHigh: uint32,
    visitorHashLow: uint32,
    userId: nullable(text),
    sessionStartedAtSeconds: uint32,
    sessionNumber: fc.nat(),
    receivedAt: fc.integer({ min: 0, max: 2 ** 45 }),
    age: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    flags: fc.nat(1023),
    context: fc.record({
      url: nullable(url),
      previousUrl: nullable(text),
      externalReferrer: nullable(url),
      title: nullable(text),
      pageViewId: nullable(text),
      client: fc.record({
        userAgent: nullable(text),
        clientHints: nullable(text),
        language: nullable(text),
        screen: nullable(text),
        viewport: nullable(text),
        pixelRatio: nullable(fc.double({ min: 0.5, max: 4, noNaN: true })),
        timeZone: nullable(text),
        trackerBuild: nullable(text),
      }),
    }),
    geo,
    data: fc.record({
      engagedMs: fc.nat(),
      scrollPercent: nullable(fc.nat(100)),
      money: nullable(
        fc.record({ amount: fc.integer({ min: -(10 ** 13), max: 10 ** 13 }), currency: text }),
      ),
      properties: nullable(fc.dictionary(text, property, { maxKeys: 5 })),
    }),
  })
  .map(({ age, ...rest }) => ({
    ...rest,
    occurredAt: rest.receivedAt - age,
    id: rest.id as EventId,
    siteId: rest.siteId as SiteId,
    visitorId: rest.visitorId as VisitorId,
  }));

describe('the codec', () => {
  it('gives back every event as it was', () => {
    fc.assert(
      fc.property(envelope, (event) => {
        expect(JSON.parse(JSON.stringify(roundTrip(event)))).toEqual(
          JSON.parse(JSON.stringify(event)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('leaves out what no report reads, and nothing else, when asked for reports', () => {
    fc.assert(
      fc.property(fc.array(envelope, { maxLength: 5 }), (events) => {
        // Twice, so that the second time texts come from the cache.
        for (const event of [...events, ...events]) {
          const { context, data } = roundTrip(event);
          expect(decodeForReports(encodeEnvelope(event), 0)).toEqual({
            ...roundTrip(event),
            userId: null,
            context: {
              ...context,
              previousUrl: null,
              pageViewId: null,
            },
            data: { ...data, properties: event.name === 'click' ? data.properties : null },
          });
        }
      }),
    );
  });

  it('turns half a character into U+FFFD, and keeps long and wide texts', () => {
    const [event] = fc.sample(envelope, { numRuns: 1, seed: 1 });
    const title = `${'ü😀'.repeat(300)}\ud800x`;
    const changed = { ...(event as Envelope), name: title };
    expect(roundTrip(changed).name).toBe(title.toWellFormed());
  });

  it('says what it cannot read', () => {
    const [event] = fc.sample(envelope, { numRuns: 1, seed: 2 });
    const bytes = encodeEnvelope(event as Envelope);
    const changed = (at: number, value: number) => {
      const copy = bytes.slice();
      copy[at] = value;
      return () => decode(copy, 0);
    };
    expect(changed(0, 9)).toThrow(expect.objectContaining({ code: 'unknown_format' }));
    expect(changed(1, 99)).toThrow(expect.objectContaining({ code: 'unknown_type' }));
    expect(changed(2, 200)).toThrow(expect.objectContaining({ code: 'newer_version' }));
  });

  it('says that an event ends too early, wherever it does', () => {
    const [event] = fc.sample(envelope, { numRuns: 1, seed: 3 });
    const bytes = encodeEnvelope(event as Envelope);
    for (let length = 1; length < bytes.length; length += 1) {
      expect(() => decode(bytes.slice(0, length), 0)).toThrow(
        expect.objectContaining({ name: 'CodecError' }),
      );
    }
  });

  it('decodes the golden files for ever', () => {
    const folder = 'libs/events/fixtures';
    for (const seed of [11, 12, 13]) {
      const file = `${folder}/format-1-${seed}`;
      if (process.env['WRITE_GOLDEN'] !== undefined && !existsSync(`${file}.bin`)) {
        mkdirSync(folder, { recursive: true });
        const [event] = fc.sample(envelope, { numRuns: 1, seed });
        writeFileSync(`${file}.bin`, encodeEnvelope(event as Envelope));
        writeFileSync(`${file}.json`, `${JSON.stringify(event, null, 2)}\n`);
      }
      const bytes = readFileSync(`${file}.bin`);
      const expected = JSON.parse(readFileSync(`${file}.json`, 'utf8'));
      expect(JSON.parse(JSON.stringify(decode(bytes, 0)))).toEqual(expected);
    }
  });
});

describe('hash64', () => {
  it.each([
    // Made by the reference implementation, seed 0.
    ['', 0, 0],
    ['a', 0xa794933c, 0x5556b01b],
    ['hello', 0x2b2444a0, 0xdb91def7],
    ['visitor-1', 0x7af8f4a2, 0x2b1c9899],
    ['ü€😀', 0x8fcca08c, 0xeb71ab2f],
    ['The quick brown fox jumps over the lazy dog', 0x2f1583c3, 0xecee2c67],
  ])('of “%s” is the first half of MurmurHash3 x86 128', (value, high, low) => {
    expect(hash64(value)).toEqual({ high, low });
  });

  it('spreads ids that differ in one letter', () => {
    const lows = new Set(Array.from({ length: 20_000 }, (_, n) => hash64(`visitor-${n}`).low));
    expect(lows.size).toBeGreaterThan(19_990);
  });
});
