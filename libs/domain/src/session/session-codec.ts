import { ByteReader, ByteWriter } from '#events';
import { ACQUISITION_PARTS, DEVICE_PARTS } from '../classify/conclusions.js';
import { CountTable } from '../count-table.js';
import { encodeCells, readCells } from '../row.js';
import type { Texts } from '../texts.js';
import { MARK, MARK_COUNT } from './marks.js';
import { Meetings } from './meetings.js';
import { Session } from './session.js';
import { sliceOf } from './slice.js';
import { StringReader, StringWriter } from './string-table.js';

const FORMAT = 5;
const NO_CELLS = new CountTable();
const writer = new ByteWriter(1 << 14);
const strings = new StringWriter(writer);

/** Bytes of one visitor's sessions; each text is written once. */
export function encodeSessions(sessions: readonly Session[], texts: Texts): Uint8Array {
  writer.reset();
  writer.byte(FORMAT);
  writer.varint(sessions.length);
  strings.begin();
  for (const session of sessions) encodeSession(writer, texts, session);
  return writer.copy();
}

/** The sessions behind bytes made by `encodeSessions`. */
export function decodeSessions(bytes: Uint8Array, texts: Texts): Session[] {
  const reader = new ByteReader(bytes);
  const format = reader.byte();
  if (format !== FORMAT) throw new Error(`session state of format ${format}, expected ${FORMAT}`);
  const strings = new StringReader(reader, texts);
  return Array.from({ length: reader.varint() }, () => decodeSession(reader, strings));
}

function encodeSession(out: ByteWriter, texts: Texts, session: Session): void {
  out.uint48(session.startedAt);
  out.varint(session.endedAt - session.startedAt);
  out.signed(session.touchedAt - session.endedAt);
  out.varint(session.views);
  out.varint(session.keyEvents);
  out.byte(session.isNew ? 1 : 0);
  encodeMarks(out, texts, session);
  encodeLists(out, texts, session);
}

function encodeMarks(out: ByteWriter, texts: Texts, session: Session): void {
  const { marks } = session;
  for (let mark = 0; mark < MARK_COUNT; mark += 1) {
    out.byte(marks.has(mark) ? 1 : 0);
    if (!marks.has(mark)) continue;
    out.varint(marks.at(mark) - session.startedAt);
    strings.write(marks.idOf(mark));
    strings.writeOptionalNumber(marks.valueOf(mark), texts);
  }
  const lists = [session.eventAcquisition, session.viewAcquisition, session.device];
  for (const numbers of lists)
    for (const number of numbers ?? []) strings.writeNumber(number, texts);
}

function encodeLists(out: ByteWriter, texts: Texts, session: Session): void {
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
  const { met } = session;
  out.varint(met.end / Meetings.step);
  for (let each = 0; each < met.end; each += Meetings.step) {
    out.byte(met.dimensionOf(each));
    strings.writeNumber(met.valueOf(each), texts);
    out.varint(met.atOf(each) - session.startedAt);
    out.signed(met.dayOf(each) - baseDay);
    out.varint(met.scrollOf(each) + 1);
  }
}

function decodeSession(reader: ByteReader, strings: StringReader): Session {
  const session = new Session(reader.uint48());
  session.endedAt = session.startedAt + reader.varint();
  session.touchedAt = session.endedAt + reader.signed();
  session.views = reader.varint();
  session.keyEvents = reader.varint();
  session.isNew = reader.byte() === 1;
  decodeMarks(reader, strings, session);
  decodeLists(reader, strings, session);
  return session;
}

function decodeMarks(reader: ByteReader, strings: StringReader, session: Session): void {
  const { marks, startedAt } = session;
  for (let mark = 0; mark < MARK_COUNT; mark += 1) {
    if (reader.byte() === 0) continue;
    const at = startedAt + reader.varint();
    const id = strings.read();
    marks.set(mark, at, id, strings.readOptionalNumber());
  }
  const numbers = (parts: readonly string[]) => parts.map(() => strings.readNumber());
  session.eventAcquisition = numbers(ACQUISITION_PARTS);
  if (marks.has(MARK.firstView)) session.viewAcquisition = numbers(ACQUISITION_PARTS);
  if (marks.has(MARK.device)) session.device = numbers(DEVICE_PARTS);
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
  for (let left = reader.varint(); left > 0; left -= 1) {
    const dimension = reader.byte();
    const value = strings.readNumber();
    const at = session.startedAt + reader.varint();
    const day = baseDay + reader.signed();
    session.met.add(dimension, value, at, day, reader.varint() - 1);
  }
}
