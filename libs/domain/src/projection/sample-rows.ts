/**
 * Samples of web vitals and depths of scrolling. Both are counted in cells of rows at once, event by
 * event: rows without them have no cells, and events without them never come here.
 */

import { SESSION_DIMENSIONS } from '../dimensions.js';
import { scrollCell } from '../distributions.js';
import type { Holding } from '../session/holding.js';
import { NO_MEETING } from '../session/meetings.js';
import type { Session } from '../session/session.js';
import type { SessionEvent } from '../session/session-event.js';
import { addCell, type Slice } from '../session/slice.js';
import { EMPTY_TEXT, OTHER_TEXT } from '../texts.js';
import type { RowNumber } from './live-bucket.js';
import type { RowPool } from './row-pool.js';
import { reportNumber, type Target } from './target.js';
import { rowAt } from './value-rows.js';

const TOTALS = reportNumber(null);
const PAGE = reportNumber('PAGE');
/** Index of PAGE in `EVENT_DIMENSIONS`. */
const PAGES = 0;
/** The one session dimension whose rows have samples. */
export const DEVICE = SESSION_DIMENSIONS.findIndex(({ name }) => name === 'DEVICE');

/** Counts one sample of an event in the totals, at its page, and at its session's device. */
export function addSample(
  { rows }: Target,
  slice: Slice,
  holding: Holding,
  event: SessionEvent,
  cell: number,
): void {
  const { pool } = rows;
  pool.addSamples(rows.at(TOTALS, 'day', event.day, EMPTY_TEXT), cell, 1);
  pool.addSamples(rows.at(TOTALS, 'hour', event.hour, EMPTY_TEXT), cell, 1);
  pool.addSamples(rows.at(PAGE, 'day', event.day, event.conclusions.page), cell, 1);
  addCell(slice, cell, 1);
  pool.addSamples(rowAt(rows, holding, DEVICE, slice.day), cell, 1);
}

/** Adds the samples of a session's day to a device's row, or takes them back. */
export function moveSamples(pool: RowPool, row: RowNumber, slice: Slice, sign: 1 | -1): void {
  slice.cells?.visitAll((cell, count) => pool.addSamples(row, cell, sign * count));
}

/** Notes how deep a session has scrolled on the page of an event that it has met. */
export function raiseScroll({ rows }: Target, session: Session, event: SessionEvent): void {
  const { scrollPercent, conclusions } = event;
  if (scrollPercent === null) return;
  const { met } = session;
  const own = met.find(PAGES, conclusions.page);
  const meeting = own === NO_MEETING ? met.find(PAGES, OTHER_TEXT) : own;
  const before = met.scrollOf(meeting);
  if (scrollPercent <= before) return;
  const row = rows.at(PAGE, 'day', met.dayOf(meeting), met.valueOf(meeting));
  addScroll(rows.pool, row, before, -1);
  met.scrollTo(meeting, scrollPercent);
  addScroll(rows.pool, row, scrollPercent, 1);
}

/** Counts the depth of a session on a page in the page's row, or takes it back; −1 = not told. */
export function addScroll(pool: RowPool, row: RowNumber, percent: number, sign: 1 | -1): void {
  if (percent >= 0) pool.addSamples(row, scrollCell(percent), sign);
}
