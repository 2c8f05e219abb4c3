import { ByteReader, ByteWriter } from '#events';
import { CountTable } from './count-table.js';
import { COUNTER_COUNT } from './metrics.js';
import { VisitorSet } from './visitor-set.js';

/** Place of the bit, after those of the counters, that says that samples follow. */
const HAS_CELLS = COUNTER_COUNT;

/**
 * One row of a report while it is being added to: integers, samples by cell (`null` = none so far), and the
 * distinct visitors behind them.
 */
export class Row {
  readonly counters: number[] = new Array<number>(COUNTER_COUNT).fill(0);
  cells: CountTable | null = null;

  constructor(readonly visitors: VisitorSet) {}
}

/** An empty row of a report: session dimensions can take visitors back, the rest never needs to. */
export function newRow(precision: number, retractable: boolean): Row {
  return new Row(new VisitorSet(precision, retractable));
}

const writer = new ByteWriter(1 << 16);

/** What writes the visitors of a row; `sorted` gives equal sets equal bytes. */
interface EncodedVisitors {
  encode(writer: ByteWriter, sorted: boolean): void;
}

/** Bytes of a row: which counters are not 0, those counters, samples, then the visitors in any order. */
export function encodeRow(row: Row): Uint8Array {
  return encodeRowParts(row.counters, 0, row.cells, row.visitors);
}

/** The one form that bytes of equal rows share. */
export function canonicalRow(
  bytes: Uint8Array,
  { precision, scope }: { readonly precision: number; readonly scope: string },
): Uint8Array {
  const row = decodeRow(bytes, precision, scope === 'session');
  return encodeRowParts(row.counters, 0, row.cells, row.visitors, true);
}

/** The same for a row whose counters start at an index of an array. */
export function encodeRowParts(
  counters: ArrayLike<number>,
  from: number,
  cells: CountTable | null,
  visitors: EncodedVisitors,
  sorted = false,
): Uint8Array {
  writer.reset();
  let present = 0;
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    if (counters[from + index] !== 0) present |= 1 << index;
  }
  const hasCells = cells !== null && cells.distinct > 0;
  if (hasCells) present |= 1 << HAS_CELLS;
  writer.varint(present);
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    if ((present & (1 << index)) !== 0) writer.signed(counters[from + index] as number);
  }
  if (hasCells) encodeCells(writer, cells);
  visitors.encode(writer, sorted);
  return writer.copy();
}

/** The row behind bytes made by `encodeRow`. */
export function decodeRow(bytes: Uint8Array, precision: number, retractable: boolean): Row {
  const reader = new ByteReader(bytes);
  const counters = new Array<number>(COUNTER_COUNT).fill(0);
  const cells = new CountTable();
  readCounters(
    reader,
    (index, value) => {
      counters[index] = value;
    },
    cells,
  );
  const row = new Row(VisitorSet.decode(reader, precision, retractable));
  if (cells.distinct > 0) row.cells = cells;
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    row.counters[index] = counters[index] as number;
  }
  return row;
}

/**
 * Calls `visit` for each counter that is not 0 and leaves the reader at the visitors.
 *
 * @param into samples are added to, if somebody wants them
 */
export function readCounters(
  reader: ByteReader,
  visit: (index: number, value: number) => void,
  into: CountTable | null = null,
): void {
  const present = reader.varint();
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    if ((present & (1 << index)) !== 0) visit(index, reader.signed());
  }
  if ((present & (1 << HAS_CELLS)) !== 0) readCells(reader, into);
}

/** Samples: how many cells, then each as its distance from the one before, with its count. */
export function encodeCells(out: ByteWriter, cells: CountTable): void {
  const keys = cells.presentKeys().sort();
  out.varint(keys.length);
  let before = 0;
  for (const cell of keys) {
    out.varint(cell - before);
    out.signed(cells.get(cell));
    before = cell;
  }
}

/** Adds what `encodeCells` wrote; `null` passes over it. */
export function readCells(reader: ByteReader, into: CountTable | null): void {
  let cell = 0;
  for (let left = reader.varint(); left > 0; left -= 1) {
    cell += reader.varint();
    const count = reader.signed();
    into?.add(cell, count);
  }
}
