import { SESSION_DIMENSIONS } from '../dimensions.js';
import type { Holding } from '../session/holding.js';
import type { TextNumber } from '../texts.js';
import type { RowNumber } from './live-bucket.js';
import type { LiveRows } from './live-rows.js';
import { reportNumber } from './target.js';

/** Report number of each session dimension, in the order of a session's values. */
export const BY_SESSION = SESSION_DIMENSIONS.map((dimension) => reportNumber(dimension.name));

/** The row of a session's value on a day. */
export function rowAt(rows: LiveRows, holding: Holding, index: number, day: number): RowNumber {
  const value = holding.values[index] as TextNumber;
  return rows.at(BY_SESSION[index] as number, 'day', day, value);
}
