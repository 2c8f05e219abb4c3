import { ByteReader, type ByteWriter } from '#events';
import type { CellCounts } from './cell-counts.js';

/** Bytes of one entry of a sparse list of registers. */
const SPARSE_ENTRY_BYTES = 3;
/** Bytes of a visitor's key. */
const KEY_BYTES = 6;

/** First byte of an encoded set. */
export const FORM = {
  empty: 0,
  exact: 1,
  exactCounts: 2,
  registers: 3,
  sparse: 4,
  counting: 6,
} as const;

/** Receives the parts of an encoded set, whatever its form. */
export interface VisitorEntries {
  /** Told how many visitors follow. */
  room?(visitors: number): void;
  visitor(key: number, count: number): void;
  register(index: number, rank: number): void;
  cell(cell: number, count: number): void;
}

/** Whether the encoded set that starts at a byte is a sketch. */
export function isSketch(bytes: Uint8Array, at: number): boolean {
  const form = bytes[at];
  return form !== FORM.empty && form !== FORM.exact && form !== FORM.exactCounts;
}

/**
 * Raises the registers of a union by an encoded sketch. False = the set is exact, and nothing was read:
 * its visitors are to be added one by one. No call per entry: a year of a report has millions of them.
 */
export function raiseBySketch(
  reader: ByteReader,
  precision: number,
  registersOf: () => Uint8Array,
): boolean {
  if (!isSketch(reader.bytes, reader.at)) return false;
  const form = reader.byte();
  const registers = registersOf();
  if (form === FORM.registers) {
    const { bytes, at } = reader;
    for (let index = 0; index < registers.length; index += 1) {
      const rank = bytes[at + index] as number;
      if (rank > (registers[index] as number)) registers[index] = rank;
    }
    reader.at += registers.length;
    return true;
  }
  if (form === FORM.sparse) raiseBySparse(reader, registers);
  else raiseByCells(reader, precision, registers);
  return true;
}

function raiseBySparse(reader: ByteReader, registers: Uint8Array): void {
  const { bytes } = reader;
  let last = 0;
  for (let left = reader.varint(); left > 0; left -= 1) {
    // Nearly every step is of one byte.
    const step = bytes[reader.at] as number;
    if (step < 0x80) reader.at += 1;
    last += step < 0x80 ? step : reader.varint();
    const rank = reader.byte();
    if (rank > (registers[last] as number)) registers[last] = rank;
  }
}

/** Cells come in order of rank. Those whose count is not above 0 are none. */
function raiseByCells(reader: ByteReader, precision: number, registers: Uint8Array): void {
  const mask = 2 ** precision - 1;
  const { bytes } = reader;
  let left = reader.varint();
  let { at } = reader;
  let last = 0;
  for (; left > 0; left -= 1) {
    let step = bytes[at++] as number;
    if (step >= 0x80) {
      reader.at = at - 1;
      step = reader.varint();
      at = reader.at;
    }
    last += step;
    // Zigzag: the lowest bit is the sign, and 0 stands for 0. The rest of the number does not matter.
    const count = bytes[at++] as number;
    if (count >= 0x80) while ((bytes[at++] as number) >= 0x80);
    if ((count & 1) === 1 || count === 0) continue;
    const register = last & mask;
    const rank = (last >>> precision) + 1;
    if (rank > (registers[register] as number)) registers[register] = rank;
  }
  reader.at = at;
}

/** Reads an encoded set entry by entry. */
export function forEachEntry(reader: ByteReader, precision: number, entries: VisitorEntries): void {
  const form = reader.byte();
  if (form === FORM.empty) return;
  if (form === FORM.registers) {
    const registers = reader.raw(2 ** precision);
    for (let index = 0; index < registers.length; index += 1) {
      if (registers[index] !== 0) entries.register(index, registers[index] as number);
    }
    return;
  }
  const length = reader.varint();
  if (form === FORM.exact || form === FORM.exactCounts) {
    entries.room?.(length);
    // The counts stand behind all keys: a second reader walks along them.
    const counts = new ByteReader(reader.bytes, reader.at + length * KEY_BYTES);
    for (let left = length; left > 0; left -= 1) {
      entries.visitor(reader.uint48(), form === FORM.exact ? 1 : counts.signed());
    }
    reader.at = counts.at;
    return;
  }
  let last = 0;
  for (let index = 0; index < length; index += 1) {
    last += reader.varint();
    if (form === FORM.sparse) entries.register(last, reader.byte());
    else entries.cell(last, reader.signed());
  }
}

/** Writes the only visitor of a row, and its sessions. */
export function encodeOnly(writer: ByteWriter, key: number, count: number): void {
  if (count === 0) return writer.byte(FORM.empty);
  writer.byte(count === 1 ? FORM.exact : FORM.exactCounts);
  writer.varint(1);
  writer.uint48(key);
  if (count !== 1) writer.signed(count);
}

/** Writes the registers of a HyperLogLog, as a list when most are empty. */
export function encodeRegisters(
  writer: ByteWriter,
  registers: Uint8Array,
  precision: number,
): void {
  let filled = 0;
  for (let index = 0; index < registers.length; index += 1) {
    if (registers[index] !== 0) filled += 1;
  }
  if (filled * SPARSE_ENTRY_BYTES >= 2 ** precision) {
    writer.byte(FORM.registers);
    return writer.raw(registers);
  }
  writer.byte(FORM.sparse);
  writer.varint(filled);
  let last = 0;
  for (let index = 0; index < registers.length; index += 1) {
    if (registers[index] === 0) continue;
    writer.varint(index - last);
    writer.byte(registers[index] as number);
    last = index;
  }
}

/** Writes the cells of a counting sketch, ascending. */
export function encodeCounting(writer: ByteWriter, counting: CellCounts): void {
  writer.byte(FORM.counting);
  writer.varint(counting.countCells());
  counting.write(writer);
}
