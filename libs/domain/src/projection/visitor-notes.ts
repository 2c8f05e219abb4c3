import type { RowNumber } from './live-bucket.js';

/** Notes kept before they are counted: what a processor keeps near by. */
const NOTES_MAX = 1 << 16;

/** Receives the notes `from` to `to` (exclusive) of one row, in the order in which they were noted. */
export type CountNotes = (row: RowNumber, keys: Float64Array, from: number, to: number) => void;

/**
 * Visitors to be counted in a row (their key) or out of it (−key), in order. They are counted row by row:
 * the sets lie all over memory, so that one by one each addition would wait for it.
 */
export class VisitorNotes {
  private readonly rows = new Int32Array(NOTES_MAX);
  private readonly keys = new Float64Array(NOTES_MAX);
  private readonly sorted = new Float64Array(NOTES_MAX);
  /** Rows that have notes, and where those begin; all 0 between two calls. */
  private readonly noted = new Int32Array(NOTES_MAX);
  private starts = new Int32Array(0);
  private length = 0;

  get isFull(): boolean {
    return this.length === NOTES_MAX;
  }

  add(row: RowNumber, key: number): void {
    this.rows[this.length] = row;
    this.keys[this.length] = key;
    this.length += 1;
  }

  clear(): void {
    this.length = 0;
  }

  /**
   * Hands all notes over, row by row.
   *
   * @param rowOf the row that a note of another one counts for: its own, or its month; below 0 = none
   */
  visit(capacity: number, rowOf: Int32Array | null, count: CountNotes): void {
    if (this.starts.length < capacity) this.starts = new Int32Array(capacity);
    const { rows, keys, sorted, noted, starts, length } = this;
    let rowCount = 0;
    for (let index = 0; index < length; index += 1) {
      const own = rows[index] as RowNumber;
      const row = rowOf === null ? own : (rowOf[own] as RowNumber);
      if (row < 0) continue;
      if (starts[row] === 0) {
        noted[rowCount] = row;
        rowCount += 1;
      }
      starts[row] = (starts[row] as number) + 1;
    }
    let place = 0;
    for (let index = 0; index < rowCount; index += 1) {
      const row = noted[index] as RowNumber;
      const notes = starts[row] as number;
      starts[row] = place;
      place += notes;
    }
    for (let index = 0; index < length; index += 1) {
      const own = rows[index] as RowNumber;
      const row = rowOf === null ? own : (rowOf[own] as RowNumber);
      if (row < 0) continue;
      const at = starts[row] as number;
      sorted[at] = keys[index] as number;
      starts[row] = at + 1;
    }
    let from = 0;
    for (let index = 0; index < rowCount; index += 1) {
      const row = noted[index] as RowNumber;
      const to = starts[row] as number;
      starts[row] = 0;
      count(row, sorted, from, to);
      from = to;
    }
  }
}
