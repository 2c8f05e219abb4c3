import { ByteReader, ByteWriter } from '#events';
import type { Acquisition, DeviceFacts } from '../classify/conclusions.js';
import { CountTable } from '../count-table.js';
import { encodeCells, readCells } from '../row.js';
import { FIRST_ATTRIBUTES, type Marked, metOf, Session } from './session.js';
import { sliceOf } from './slice.js';
import { StringReader, StringWriter } from './string-table.js';

const FORMAT = 3;
const NO_CELLS = new CountTable();
const writer = new ByteWriter(1 << 14);

/** Bytes of one visitor's sessions; each text is written once. */
export function encodeSessions(sessions: readonly Session[]): Uint8Array {
  writer.reset();
  writer.byte(FORMAT);
  writer.varint(sessions.length);
  const strings = new StringWriter(writer);
  for (const session of sessions) encodeSession(writer, strings, session);
  return writer.copy();
}

/** The sessions behind bytes made by `encodeSessions`. */
export function decodeSessions(bytes: Uint8Array): Session[] {
  const reader = new ByteReader(bytes);
  const format = reader.byte();
  if (format !== FORMAT) throw new Error(`session state of format ${format}, expected ${FORMAT}`);
  const strings = new StringReader(reader);
  return Array.from({ length: reader.varint() }, () => decodeSession(reader, strings));
}

function encodeSession(out: ByteWriter, strings: StringWriter, session: Session): void {
  out.uint48(session.startedAt);
  out.varint(session.endedAt - session.startedAt);
  out.signed(session.touchedAt - session.endedAt);
  out.varint(session.views);
  out.varint(session.keyEvents);
  out.byte(session.isNew ? 1 : 0);
  const mark = <T>(marked: Marked<T> | null, value: (value: T) => void) => {
    out.byte(marked === null ? 0 : 1);
    if (marked === null) return;
    out.varint(marked.at - session.startedAt);
    strings.write(marked.id);
    value(marked.value);
  };
  const acquisition = (value: Acquisition) => {
    for (const part of ACQUISITION) strings.write(value[part]);
  };
  mark(session.firstEvent, acquisition);
  mark(session.firstView, (view) => {
    strings.write(view.page);
    acquisition(view.acquisition);
  });
  mark(session.lastView, (page) => strings.write(page));
  mark(session.device, (device) => {
    strings.write(device.device);
    for (const part of DEVICE) strings.writeOptional(device[part]);
  });
  for (const attribute of session.attributes) mark(attribute, (value) => strings.write(value));
  encodeLists(out, strings, session);
}

function encodeLists(out: ByteWriter, strings: StringWriter, session: Session): void {
  const baseDay = session.slices[0]?.day ?? 0;
  out.varint(session.slices.length);
  for (const slice of session.slices) {
    out.signed(slice.day);
    out.varint(slice.views);
    out.varint(slice.events);
    out.varint(slice.keyEvents);
    out.varint(slice.engagedMs);
    out.signed(slice.revenue);
    encodeCells(out, slice.cells ?? NO_CELLS);
  }
  out.varint(session.minutes.length);
  for (const { minute, views, events } of session.minutes) {
    out.varint(minute);
    out.varint(views);
    out.varint(events);
  }
  out.varint(session.met.length);
  for (const { newest, count } of session.met) {
    out.varint(count);
    for (let met = newest; met !== null; met = met.next) {
      strings.write(met.value);
      out.varint(met.at - session.startedAt);
      out.signed(met.day - baseDay);
      out.varint(met.scrollPercent + 1);
    }
  }
}

function decodeSession(reader: ByteReader, strings: StringReader): Session {
  const startedAt = reader.uint48();
  const endedAt = startedAt + reader.varint();
  const touchedAt = endedAt + reader.signed();
  const views = reader.varint();
  const keyEvents = reader.varint();
  const isNew = reader.byte() === 1;
  const mark = <T>(value: () => T): Marked<T> | null => {
    if (reader.byte() === 0) return null;
    const at = startedAt + reader.varint();
    const id = strings.read();
    return { at, id, value: value() };
  };
  const acquisition = (): Acquisition =>
    Object.fromEntries(ACQUISITION.map((part) => [part, strings.read()])) as unknown as Acquisition;
  const firstEvent = mark(acquisition) as Marked<Acquisition>;
  const session = new Session(startedAt, firstEvent.id, firstEvent.value);
  Object.assign(session, { endedAt, touchedAt, views, keyEvents, isNew, firstEvent });
  session.firstView = mark(() => ({ page: strings.read(), acquisition: acquisition() }));
  session.lastView = mark(() => strings.read());
  session.device = mark((): DeviceFacts => {
    const device = strings.read();
    const rest = DEVICE.map((part) => [part, strings.readOptional()]);
    return { device, ...Object.fromEntries(rest) } as DeviceFacts;
  });
  for (let index = 0; index < FIRST_ATTRIBUTES.length; index += 1) {
    session.attributes[index] = mark(() => strings.read());
  }
  decodeLists(reader, strings, session);
  return session;
}

function decodeLists(reader: ByteReader, strings: StringReader, session: Session): void {
  for (let left = reader.varint(); left > 0; left -= 1) {
    const slice = sliceOf(session.slices, reader.signed());
    slice.views = reader.varint();
    slice.events = reader.varint();
    slice.keyEvents = reader.varint();
    slice.engagedMs = reader.varint();
    slice.revenue = reader.signed();
    const cells = new CountTable();
    readCells(reader, cells);
    if (cells.distinct > 0) slice.cells = cells;
    slice.hold();
  }
  for (let left = reader.varint(); left > 0; left -= 1) {
    const minute = reader.varint();
    session.minutes.push({ minute, views: reader.varint(), events: reader.varint() });
  }
  const baseDay = session.slices[0]?.day ?? 0;
  const dimensions = reader.varint();
  for (let dimension = 0; dimension < dimensions; dimension += 1) {
    const met = metOf(session, dimension);
    for (let left = reader.varint(); left > 0; left -= 1) {
      const value = strings.read();
      const at = session.startedAt + reader.varint();
      const meeting = met.add(value, at, baseDay + reader.signed(), null);
      meeting.scrollPercent = reader.varint() - 1;
    }
  }
}

const ACQUISITION = [
  'channel',
  'source',
  'medium',
  'sourceMedium',
  'campaign',
  'term',
  'content',
  'referrer',
] as const satisfies readonly (keyof Acquisition)[];
const DEVICE = [
  'browser',
  'browserVersion',
  'os',
  'osVersion',
] as const satisfies readonly (keyof DeviceFacts)[];
