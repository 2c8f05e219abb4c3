import { ByteReader, ByteWriter } from '#events';
import { COUNTER_COUNT } from './metrics.js';
import { VisitorSet } from './visitor-set.js';

/** One row of a report while it is being added to: integers and the distinct visitors behind them. */
export class Row {
  readonly counters: number[] = new Array<number>(COUNTER_COUNT).fill(0);

  constructor(readonly visitors: VisitorSet) {}
}

/** An empty row of a report: session dimensions can take visitors back, the rest never needs to. */
export function newRow(precision: number, retractable: boolean): Row {
  return new Row(new VisitorSet(precision, retractable));
}

const writer = new ByteWriter(1 << 16);

/** Bytes of a row: which counters are not 0, those counters, then the visitors in any order. */
export function encodeRow(row: Pick<Row, 'counters' | 'visitors'>): Uint8Array {
  return encode(row, false);
}

/** The one form that bytes of equal rows share. */
export function canonicalRow(
  bytes: Uint8Array,
  { precision, scope }: { readonly precision: number; readonly scope: string },
): Uint8Array {
  return encode(decodeRow(bytes, precision, scope === 'session'), true);
}

function encode(row: Pick<Row, 'counters' | 'visitors'>, sorted: boolean): Uint8Array {
  writer.reset();
  let present = 0;
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    if (row.counters[index] !== 0) present |= 1 << index;
  }
  writer.varint(present);
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    if ((present & (1 << index)) !== 0) writer.signed(row.counters[index] as number);
  }
  row.visitors.encode(writer, sorted);
  return writer.copy();
}

/** The row behind bytes made by `encodeRow`. */
export function decodeRow(bytes: Uint8Array, precision: number, retractable: boolean): Row {
  const reader = new ByteReader(bytes);
  const counters = new Array<number>(COUNTER_COUNT).fill(0);
  readCounters(reader, (index, value) => {
    counters[index] = value;
  });
  const row = new Row(VisitorSet.decode(reader, precision, retractable));
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    row.counters[index] = counters[index] as number;
  }
  return row;
}

/** Calls `visit` for each counter that is not 0 and leaves the reader at the visitors. */
export function readCounters(
  reader: ByteReader,
  visit: (index: number, value: number) => void,
): void {
  const present = reader.varint();
  for (let index = 0; present >>> index !== 0; index += 1) {
    if ((present & (1 << index)) !== 0) visit(index, reader.signed());
  }
}
