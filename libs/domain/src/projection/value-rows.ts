import { SESSION_DIMENSIONS } from '../dimensions.js';
import type { Meeting } from '../session/first-values.js';
import type { Holding } from '../session/holding.js';
import type { LiveRow } from './live-row.js';
import type { LiveRows } from './live-rows.js';
import { reportNumber } from './target.js';

/** Report number of each session dimension, in the order of a session's values. */
export const BY_SESSION = SESSION_DIMENSIONS.map((dimension) => reportNumber(dimension.name));

/** The row of a session's value on a day; those of one day are kept at hand. */
export function rowAt(rows: LiveRows, holding: Holding, index: number, day: number): LiveRow {
  if (holding.rowsDay !== day) {
    holding.rows.fill(null);
    holding.rowsDay = day;
  }
  const known = holding.rows[index] as LiveRow | null;
  if (known !== null && !known.isEvicted) return rows.touch(known);
  const row = rows.at(BY_SESSION[index] as number, 'day', day, holding.values[index] as string);
  holding.rows[index] = row;
  return row;
}

/** The row of a value that a session has met, on the day of that meeting. */
export function rowOfMeeting(rows: LiveRows, report: number, met: Meeting): LiveRow {
  if (met.row !== null && !met.row.isEvicted) return rows.touch(met.row);
  met.row = rows.at(report, 'day', met.day, met.value);
  return met.row;
}
