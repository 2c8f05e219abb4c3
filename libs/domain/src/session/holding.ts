import { EMPTY_TEXT, type TextNumber } from '../texts.js';

/**
 * What the rows hold of one session at present. Visitors and the rows themselves are always up to
 * date; numbers are behind the session until it is settled, which is before every flush.
 */
export interface Holding {
  /** 1 once the rows count the session, 0 before; the numbers down to `hasView` are 0 until then. */
  sessions: number;
  startDay: number;
  startHour: number;
  /** 0 or 1, like those below but `durationMs`. */
  engaged: number;
  durationMs: number;
  isNew: number;
  hasKeyEvent: number;
  hasView: number;
  /** Pages whose rows count the entry and the exit, while `hasView` is 1. */
  entryPage: TextNumber;
  exitPage: TextNumber;
  /** What the rows of the values met hold: each counts the session from the first meeting on. */
  metEngaged: number;
  metHasKeyEvent: number;
  /** Value of each session dimension, in the order of `SESSION_DIMENSIONS`. */
  readonly values: TextNumber[];
  /** The day whose rows are at hand: the first that was asked for. */
  rowsDay: number;
  /** Rows in memory change their numbers from era to era. */
  rowsEra: number;
  /** Row of each value on that day; below 0 = not looked up yet. */
  rows: number[];
}

/** A day before all days, and a small integer unlike NaN. */
export const NO_DAY = -(2 ** 30);
const NO_ROWS: readonly number[] = [];

/** Rows hold nothing yet of a session with these values. */
export function holdNothing(values: TextNumber[]): Holding {
  return {
    sessions: 0,
    startDay: 0,
    startHour: 0,
    engaged: 0,
    durationMs: 0,
    isNew: 0,
    hasKeyEvent: 0,
    hasView: 0,
    entryPage: EMPTY_TEXT,
    exitPage: EMPTY_TEXT,
    metEngaged: 0,
    metHasKeyEvent: 0,
    values,
    rowsDay: NO_DAY,
    rowsEra: 0,
    rows: NO_ROWS as number[],
  };
}
