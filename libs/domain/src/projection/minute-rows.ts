import { SESSION_DIMENSIONS } from '../dimensions.js';
import type { Session } from '../session/session.js';
import type { SessionEvent } from '../session/session-event.js';
import type { LiveRow } from './live-row.js';
import { addVisitor } from './row-adding.js';
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
  values: readonly string[],
): void {
  const { minute } = event;
  if (minute < target.realtimeFrom) return;
  const isNew = noteMinute(session, event);
  addEvent(target, target.rows.at(TOTALS, 'minute', minute, ''), event, true);
  addEvent(target, target.rows.at(PAGE, 'minute', minute, event.conclusions.page), event, true);
  for (const { index, report } of LIVE) {
    addEvent(
      target,
      target.rows.at(report, 'minute', minute, values[index] as string),
      event,
      isNew,
    );
  }
}

function addEvent(target: Target, row: LiveRow, event: SessionEvent, withVisitor: boolean): void {
  add(row, event.isView ? 1 : 0, 1);
  if (withVisitor) addVisitor(row, target.visitorKey, 1);
}

/** Adds what a session's minutes did under one of its values, or takes it back. */
export function contributeMinutes(
  target: Target,
  session: Session,
  dimension: number,
  value: string,
  sign: 1 | -1,
): void {
  if (session.minutes.length === 0) return;
  const live = LIVE.find((each) => each.index === dimension);
  if (live === undefined) return;
  for (const { minute, views, events } of session.minutes) {
    if (minute < target.realtimeFrom) continue;
    const row = target.rows.at(live.report, 'minute', minute, value);
    add(row, sign * views, sign * events);
    addVisitor(row, target.visitorKey, sign);
  }
}

function add(row: LiveRow, views: number, events: number): void {
  (row.counters[0] as number) += views;
  (row.counters[1] as number) += events;
}

/** Remembers what the event did in its minute, as long as realtime may ask; true = a new minute. */
function noteMinute(session: Session, event: SessionEvent): boolean {
  const oldest = Math.floor(event.loggedAt / 60_000) - REALTIME_MINUTES_MAX;
  const { minutes } = session;
  while (minutes.length > 0 && (minutes[0]?.minute ?? 0) < oldest) minutes.shift();
  const found = minutes.find((each) => each.minute === event.minute);
  const slice = found ?? { minute: event.minute, views: 0, events: 0 };
  if (event.isView) slice.views += 1;
  slice.events += 1;
  if (found === undefined) minutes.push(slice);
  return found === undefined;
}
