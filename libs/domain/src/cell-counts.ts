import type { ByteWriter } from '#events';
import { CountTable } from './count-table.js';
import { cellOf } from './hyper-log-log.js';

/** Ranks up to here have a place of their own for every register: 15 of 16 visitors have one of them. */
const DENSE_RANKS = 4;

/** What one byte counts to; a cell that needs more makes all of its row's wider. */
const BYTE_MAX = 255;

/**
 * Counts of the cells (register, rank) of a HyperLogLog. Low ranks lie densely in one typed
 * array, so that an addition is one access to memory; the few higher ones in a table.
 */
export class CellCounts {
  private dense: Uint8Array | Uint32Array;
  private readonly rare = new CountTable();

  constructor(precision: number) {
    this.dense = new Uint8Array(DENSE_RANKS * 2 ** precision);
  }

  add(cell: number, n: number): void {
    if (cell >= this.dense.length) {
      this.rare.add(cell, n);
      return;
    }
    const count = (this.dense[cell] as number) + n;
    if (count > BYTE_MAX && this.dense instanceof Uint8Array) {
      this.dense = Uint32Array.from(this.dense);
    }
    this.dense[cell] = count;
  }

  /** Counts the cell of each key in, and out for each negative key. */
  addKeys(keys: Float64Array, from: number, to: number, precision: number): void {
    for (let at = from; at < to; at += 1) {
      const key = keys[at] as number;
      if (key > 0) this.add(cellOf(key, precision), 1);
      else this.add(cellOf(-key, precision), -1);
    }
  }

  /** Cells with a count other than 0: how many. */
  countCells(): number {
    let count = this.rare.distinct;
    for (let cell = 0; cell < this.dense.length; cell += 1) if (this.dense[cell] !== 0) count += 1;
    return count;
  }

  /** Writes cells with a count other than 0, ascending: the distance from the one before, and the count. */
  write(writer: ByteWriter): void {
    const { dense } = this;
    let last = 0;
    for (let cell = 0; cell < dense.length; cell += 1) {
      const count = dense[cell] as number;
      if (count === 0) continue;
      writer.varint(cell - last);
      writer.signed(count);
      last = cell;
    }
    for (const cell of this.rare.presentKeys().sort()) {
      writer.varint(cell - last);
      writer.signed(this.rare.get(cell));
      last = cell;
    }
  }
}
