/**
 * Samples of web vitals and depths of scrolling. Both are counted in cells of rows at once, event by
 * event: rows without them have no cells, and events without them never come here.
 */

import { SESSION_DIMENSIONS } from '../dimensions.js';
import { scrollCell } from '../distributions.js';
import { OTHER_VALUE } from '../reports/catalogue.js';
import type { FirstValues, Meeting } from '../session/first-values.js';
import type { Holding } from '../session/holding.js';
import type { Session } from '../session/session.js';
import type { SessionEvent } from '../session/session-event.js';
import { addCell, type Slice } from '../session/slice.js';
import type { LiveRow } from './live-row.js';
import { addSamples } from './row-adding.js';
import { reportNumber, type Target } from './target.js';
import { rowAt, rowOfMeeting } from './value-rows.js';

const TOTALS = reportNumber(null);
const PAGE = reportNumber('PAGE');
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
  addSamples(rows.at(TOTALS, 'day', event.day, ''), cell, 1);
  addSamples(rows.at(TOTALS, 'hour', event.hour, ''), cell, 1);
  addSamples(rows.at(PAGE, 'day', event.day, event.conclusions.page), cell, 1);
  addCell(slice, cell, 1);
  addSamples(rowAt(rows, holding, DEVICE, slice.day), cell, 1);
}

/** Adds the samples of a session's day to a device's row, or takes them back. */
export function moveSamples(row: LiveRow, slice: Slice, sign: 1 | -1): void {
  slice.cells?.visitAll((cell, count) => addSamples(row, cell, sign * count));
}

/** Notes how deep a session has scrolled on the page of an event that it has met. */
export function raiseScroll({ rows }: Target, session: Session, event: SessionEvent): void {
  const { scrollPercent, conclusions } = event;
  if (scrollPercent === null) return;
  const pages = session.met[0] as FirstValues;
  const met = (pages.find(conclusions.page) ?? pages.find(OTHER_VALUE)) as Meeting;
  if (scrollPercent <= met.scrollPercent) return;
  const row = rowOfMeeting(rows, PAGE, met);
  addScroll(row, met, -1);
  met.scrollPercent = scrollPercent;
  addScroll(row, met, 1);
}

/** Counts the depth of a session on a page in the page's row, or takes it back. */
export function addScroll(row: LiveRow, met: Meeting, sign: 1 | -1): void {
  if (met.scrollPercent >= 0) addSamples(row, scrollCell(met.scrollPercent), sign);
}
