import { SESSION_DIMENSIONS } from '../dimensions.js';
import { type Holding, NO_DAY } from '../session/holding.js';
import type { TextNumber } from '../texts.js';
import { NO_ROW, type RowNumber } from './live-bucket.js';
import type { LiveRows } from './live-rows.js';
import { reportNumber } from './target.js';

/** Report number of each session dimension, in the order of a session's values. */
export const BY_SESSION = SESSION_DIMENSIONS.map((dimension) => reportNumber(dimension.name));

const NO_ROWS: readonly RowNumber[] = BY_SESSION.map(() => NO_ROW);

/** The row of a session's value on a day. */
export function rowAt(rows: LiveRows, holding: Holding, index: number, day: number): RowNumber {
  const { pool } = rows;
  const isAtHand = holding.rowsDay === day && holding.rowsEra === pool.era;
  const known = isAtHand ? (holding.rows[index] as RowNumber) : NO_ROW;
  if (known !== NO_ROW) return pool.touch(known);
  const value = holding.values[index] as TextNumber;
  const row = rows.at(BY_SESSION[index] as number, 'day', day, value);
  noteRow(holding, index, day, row, pool.era);
  return row;
}

/** Has a row of a session's value at hand the next time, if its day is the one that is wanted most. */
export function noteRow(
  holding: Holding,
  index: number,
  day: number,
  row: RowNumber,
  era: number,
): void {
  if (holding.rowsDay === NO_DAY) holding.rowsDay = day;
  if (holding.rowsDay !== day) return;
  if (holding.rowsEra !== era || holding.rows.length === 0) {
    holding.rowsEra = era;
    holding.rows = NO_ROWS.slice();
  }
  holding.rows[index] = row;
}
