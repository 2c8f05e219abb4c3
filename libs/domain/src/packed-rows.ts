import { ByteReader, ByteWriter } from '#events';
import type { CountTable } from './count-table.js';
import { COUNTER_COUNT } from './metrics.js';
import { readCells, readCounters } from './row.js';
import { ESTIMATE_SLACK, type RowsByValue, UNBOUNDED } from './rows-by-value.js';
import { FORM, forEachEntry, isSketch, raiseBySketch } from './visitor-set-codec.js';
import { UNION_EXACT_MAX, type VisitorUnion } from './visitor-union.js';

/** Shorter runs of bytes are copied faster one by one than by a call. */
const SHORT_BYTES = 48;
const FIRST_BYTES = 1 << 12;
const KEY_BYTES = 6;
const HAS_CELLS = 1 << COUNTER_COUNT;

const writer = new ByteWriter(FIRST_BYTES);

/** What packed rows are made of: typed arrays, which go from thread to thread as they are. */
export interface PackedParts {
  readonly precision: number;
  /** Whether no value has two rows, as those of a site in several partitions may. */
  readonly isDistinct: boolean;
  readonly ids: Uint32Array;
  readonly most: Int16Array;
  readonly starts: Uint32Array;
  readonly visitorStarts: Uint32Array;
  readonly bytes: Uint8Array;
}

/** The rows of one stored bucket, packed to be read many times: no object and no text per row. */
export class PackedRows implements RowsByValue {
  private estimates: Float64Array | null = null;

  readonly isDistinct: boolean;
  readonly ids: Uint32Array;
  readonly most: Int16Array;
  private readonly precision: number;
  private readonly starts: Uint32Array;
  private readonly visitorStarts: Uint32Array;
  private readonly bytes: Uint8Array;

  constructor(readonly parts: PackedParts) {
    this.isDistinct = parts.isDistinct;
    this.ids = parts.ids;
    this.most = parts.most;
    this.precision = parts.precision;
    this.starts = parts.starts;
    this.visitorStarts = parts.visitorStarts;
    this.bytes = parts.bytes;
  }

  /** Memory that it takes. */
  get size(): number {
    return this.bytes.length + this.ids.length * 22 + 500;
  }

  isSketch(row: number): boolean {
    return isSketch(this.bytes, this.visitorStarts[row] as number);
  }

  addCounters(row: number, counters: number[]): void {
    readCounters(new ByteReader(this.bytes, this.starts[row]), (index, value) => {
      counters[index] = (counters[index] as number) + value;
    });
  }

  addCells(row: number, into: CountTable): void {
    readCounters(new ByteReader(this.bytes, this.starts[row]), nothing, into);
  }

  unite(row: number, union: VisitorUnion): void {
    union.add(this.bytes, this.visitorStarts[row] as number);
  }

  visitors(row: number, union: VisitorUnion): { count: number; isExact: boolean } {
    const most = this.most[row] as number;
    if (most !== UNBOUNDED) return { count: most, isExact: true };
    this.estimates ??= new Float64Array(this.ids.length).fill(-1);
    if (this.estimates[row] === -1) {
      union.begin(this.precision);
      this.unite(row, union);
      if (union.isExact) return { count: union.visitors, isExact: true };
      this.estimates[row] = union.visitors;
    }
    return { count: this.estimates[row] as number, isExact: false };
  }

  bound(row: number, union: VisitorUnion): number {
    const { count, isExact } = this.visitors(row, union);
    return isExact ? count : count * ESTIMATE_SLACK;
  }
}

/**
 * Packs the rows of one bucket after the other. Visitors lose what a union has no use for: how many
 * sessions each has, and the counts of a counting sketch.
 */
export class RowPacker {
  private ids: number[] = [];
  private most: number[] = [];
  private starts: number[] = [];
  private visitorStarts: number[] = [];
  private bytes = new Uint8Array(FIRST_BYTES);
  private length = 0;
  private isDistinct = true;
  /** By number of a value: the bucket, counted from 1, that last had a row of it. */
  private seen = new Uint32Array(0);
  private bucket = 1;

  constructor(private readonly precision: number) {}

  /** Adds the row that lies between two bytes, as `encodeRow` made it. */
  add(id: number, bytes: Uint8Array, start: number, end: number): void {
    const visitorsAt = skipCounters(bytes, start);
    this.see(id);
    this.ids.push(id);
    this.starts.push(this.length);
    this.visitorStarts.push(this.length + visitorsAt - start);
    const form = bytes[visitorsAt];
    const to = this.length + visitorsAt - start;
    if (form === FORM.exactCounts) {
      this.copy(bytes, start, visitorsAt);
      this.copyKeys(bytes, visitorsAt);
    } else if (form === FORM.counting) {
      this.copy(bytes, start, visitorsAt);
      this.copyRegisters(bytes, visitorsAt);
    } else this.copy(bytes, start, end);
    this.most.push(mostOf(this.bytes, to));
  }

  /** The rows added since the last call. */
  take(): PackedRows {
    const rows = new PackedRows({
      precision: this.precision,
      isDistinct: this.isDistinct,
      ids: new Uint32Array(this.ids),
      most: new Int16Array(this.most),
      starts: new Uint32Array(this.starts),
      visitorStarts: new Uint32Array(this.visitorStarts),
      bytes: this.bytes.slice(0, this.length),
    });
    this.ids = [];
    this.most = [];
    this.starts = [];
    this.visitorStarts = [];
    this.length = 0;
    this.isDistinct = true;
    this.bucket += 1;
    return rows;
  }

  private see(id: number): void {
    if (id >= this.seen.length) {
      const grown = new Uint32Array(id * 2 + 256);
      grown.set(this.seen);
      this.seen = grown;
    }
    if (this.seen[id] === this.bucket) this.isDistinct = false;
    this.seen[id] = this.bucket;
  }

  /** The visitors of an exact set that counts their sessions; those with none left are none. */
  private copyKeys(bytes: Uint8Array, at: number): void {
    const keysEnd = keysEndOf(bytes, at);
    if (keysEnd !== null) {
      const form = this.length;
      this.copy(bytes, at, keysEnd);
      this.bytes[form] = FORM.exact;
      return;
    }
    const keys: number[] = [];
    forEachEntry(new ByteReader(bytes, at), this.precision, {
      visitor: (key, count) => {
        if (count > 0) keys.push(key);
      },
      register: nothing,
      cell: nothing,
    });
    writer.reset();
    writer.byte(keys.length === 0 ? FORM.empty : FORM.exact);
    if (keys.length > 0) writer.varint(keys.length);
    for (const key of keys) writer.uint48(key);
    this.copy(writer.view(), 0, writer.length);
  }

  /** The registers that a counting sketch comes to. */
  private copyRegisters(bytes: Uint8Array, at: number): void {
    const end = this.length + 1 + 2 ** this.precision;
    this.reserve(end);
    this.bytes[this.length] = FORM.registers;
    const registers = this.bytes.subarray(this.length + 1, end).fill(0);
    raiseBySketch(new ByteReader(bytes, at), this.precision, () => registers);
    if (registers.some((rank) => rank !== 0)) this.length = end;
    else {
      // All visitors were taken back: nobody needs to look at an empty sketch to know.
      this.bytes[this.length] = FORM.empty;
      this.length += 1;
    }
  }

  private reserve(length: number): void {
    if (length <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, length));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  private copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(this.length + length);
    const { bytes } = this;
    const to = this.length - start;
    if (length > SHORT_BYTES) bytes.set(source.subarray(start, end), this.length);
    else for (let at = start; at < end; at += 1) bytes[to + at] = source[at] as number;
    this.length += length;
  }
}

/** Where the visitors of an encoded row begin. */
function skipCounters(bytes: Uint8Array, start: number): number {
  let at = start;
  let present = (bytes[at++] as number) & 0x7f;
  if ((bytes[at - 1] as number) >= 0x80) present |= (bytes[at++] as number) << 7;
  const hasCells = (present & HAS_CELLS) !== 0;
  present &= HAS_CELLS - 1;
  for (; present !== 0; present &= present - 1) while ((bytes[at++] as number) >= 0x80);
  if (!hasCells) return at;
  const reader = new ByteReader(bytes, at);
  readCells(reader, null);
  return reader.at;
}

/** Where the keys of an exact set with counts end; `null` when some count is not above 0. */
function keysEndOf(bytes: Uint8Array, at: number): number | null {
  const reader = new ByteReader(bytes, at + 1);
  const length = reader.varint();
  const end = reader.at + length * KEY_BYTES;
  reader.at = end;
  for (let left = length; left > 0; left -= 1) if (reader.signed() <= 0) return null;
  return end;
}

/** How many visitors an encoded set has when that is exact and bounded; else `UNBOUNDED`. */
export function mostOf(bytes: Uint8Array, at: number): number {
  if (bytes[at] === FORM.empty) return 0;
  if (bytes[at] !== FORM.exact) return UNBOUNDED;
  const count = new ByteReader(bytes, at + 1).varint();
  return count > UNION_EXACT_MAX ? UNBOUNDED : count;
}

function nothing(): void {}
