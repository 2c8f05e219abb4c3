import { OTHER_VALUE } from '#domain';
import { ByteReader, ByteWriter, hash32 } from '#events';
import type { RowPlace } from '../report-store.js';

const writer = new ByteWriter(1 << 16);

/** Number of the chunk that holds a value, of so many. */
export function chunkOf(value: string, chunks: number): number {
  return chunks === 1 || value === '' ? 0 : hash32(value) % chunks;
}

/** The rows of each chunk; `undefined` = none. */
export function spread(
  rows: readonly ChunkRow[],
  chunks: number,
): (readonly ChunkRow[] | undefined)[] {
  if (chunks === 1) return [rows];
  const parts = new Array<ChunkRow[] | undefined>(chunks).fill(undefined);
  for (const row of rows) {
    const chunk = chunkOf(row[0], chunks);
    const part = parts[chunk];
    if (part === undefined) parts[chunk] = [row];
    else part.push(row);
  }
  return parts;
}

/** Whether a value is one of those that a bucket may have so many of. */
export function isCounted(value: string): boolean {
  return value !== '' && value !== OTHER_VALUE;
}

/** Calls `visit` for every row of a chunk; the bytes are part of the chunk. */
export function visitChunk(chunk: Buffer, visit: (value: string, row: Uint8Array) => void): void {
  const reader = new ByteReader(chunk);
  while (reader.at < chunk.length) {
    const length = reader.varint();
    const value = chunk.toString('utf8', reader.at, reader.at + length);
    reader.at += length;
    visit(value, reader.raw(reader.varint()));
  }
}

/** Calls `visit` with the place of every row in a chunk, always the same object. */
export function visitPlaces(chunk: Buffer, visit: (place: RowPlace) => void): void {
  const place: RowPlace = { valueStart: 0, valueEnd: 0, rowStart: 0, rowEnd: 0 };
  const reader = new ByteReader(chunk);
  while (reader.at < chunk.length) {
    const valueLength = reader.varint();
    place.valueStart = reader.at;
    reader.at += valueLength;
    place.valueEnd = reader.at;
    const rowLength = reader.varint();
    place.rowStart = reader.at;
    reader.at += rowLength;
    place.rowEnd = reader.at;
    visit(place);
  }
}

/** The row of a value in a chunk. */
export function findRow(chunk: Buffer, value: string): Uint8Array | undefined {
  const wanted = Buffer.from(value);
  const reader = new ByteReader(chunk);
  while (reader.at < chunk.length) {
    const length = reader.varint();
    const start = reader.at;
    reader.at += length;
    const isFound = length === wanted.length && wanted.compare(chunk, start, start + length) === 0;
    const row = reader.raw(reader.varint());
    if (isFound) return row;
  }
  return undefined;
}

/** A row to be written. */
export type ChunkRow = readonly [value: string, row: Uint8Array];

/**
 * A chunk with some rows replaced or added; tells which values were not in it before. The bytes are good until
 * the next call.
 */
export function mergeChunk(
  chunk: Buffer | undefined,
  rows: readonly ChunkRow[],
): { bytes: Buffer; added: readonly ChunkRow[] } {
  writer.reset();
  let added = rows;
  if (chunk !== undefined) {
    const left = new Map(rows);
    visitChunk(chunk, (value, row) => {
      writeRow(value, left.get(value) ?? row);
      left.delete(value);
    });
    added = left.size === rows.length ? rows : [...left];
  }
  for (const [value, row] of added) writeRow(value, row);
  const { buffer, byteOffset, byteLength } = writer.view();
  return { bytes: Buffer.from(buffer, byteOffset, byteLength), added };
}

function writeRow(value: string, row: Uint8Array): void {
  writer.utf8(value);
  writer.varint(row.length);
  writer.raw(row);
}
