import { SESSION_DIMENSIONS } from '../dimensions.js';
import type { Session } from '../session/session.js';
import type { SessionEvent } from '../session/session-event.js';
import { EMPTY_TEXT, type TextNumber } from '../texts.js';
import type { RowNumber } from './live-bucket.js';
import { reportNumber, type Target } from './target.js';

/** How far back realtime looks, in minutes: the longest that the API can be asked for. */
export const REALTIME_MINUTES_MAX = 60;

const TOTALS = reportNumber(null);
const PAGE = reportNumber('PAGE');
/** Session dimensions that realtime shows: index into a session's values, and report. */
const LIVE = ['SOURCE', 'COUNTRY', 'DEVICE'].map((name) => ({
  index: SESSION_DIMENSIONS.findIndex((dimension) => dimension.name === name),
  report: reportNumber(name),
}));

/** Notes the event's minute in the session and counts it in the realtime rows. */
export function addMinute(
  target: Target,
  session: Session,
  event: SessionEvent,
  values: readonly TextNumber[],
): void {
  const { minute } = event;
  if (minute < target.realtimeFrom) return;
  const isNew = noteMinute(session, event);
  addEvent(target, target.rows.at(TOTALS, 'minute', minute, EMPTY_TEXT), event, true);
  addEvent(target, target.rows.at(PAGE, 'minute', minute, event.conclusions.page), event, true);
  for (const { index, report } of LIVE) {
    addEvent(
      target,
      target.rows.at(report, 'minute', minute, values[index] as TextNumber),
      event,
      isNew,
    );
  }
}

function addEvent(
  { rows, visitorKey }: Target,
  row: RowNumber,
  event: SessionEvent,
  withVisitor: boolean,
): void {
  rows.pool.addCounts(row, event.views, 1, 0, 0, 0);
  if (withVisitor) rows.pool.addVisitor(row, visitorKey, 1);
}

/** Adds what a session's minutes did under one of its values, or takes it back. */
export function contributeMinutes(
  target: Target,
  session: Session,
  dimension: number,
  value: TextNumber,
  sign: 1 | -1,
): void {
  if (session.minutes.length === 0) return;
  const live = LIVE.find((each) => each.index === dimension);
  if (live === undefined) return;
  for (const { minute, views, events } of session.minutes) {
    if (minute < target.realtimeFrom) continue;
    const { rows, visitorKey } = target;
    const row = rows.at(live.report, 'minute', minute, value);
    rows.pool.addCounts(row, sign * views, sign * events, 0, 0, 0);
    rows.pool.addVisitor(row, visitorKey, sign);
  }
}

/** Remembers what the event did in its minute, as long as realtime may ask; true = a new minute. */
function noteMinute(session: Session, event: SessionEvent): boolean {
  const oldest = Math.floor(event.loggedAt / 60_000) - REALTIME_MINUTES_MAX;
  const { minutes } = session;
  while (minutes.length > 0 && (minutes[0]?.minute ?? 0) < oldest) minutes.shift();
  const found = minutes.find((each) => each.minute === event.minute);
  const slice = found ?? { minute: event.minute, views: 0, events: 0 };
  slice.views += event.views;
  slice.events += 1;
  if (found === undefined) minutes.push(slice);
  return found === undefined;
}
