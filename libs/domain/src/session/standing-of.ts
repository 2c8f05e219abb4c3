import type { Calendar } from '../calendar.js';
import { NOT_SET } from '../classify/conclusions.js';
import type { Session } from './session.js';
import type { Standing } from './standing.js';

/** The rules by which a session is judged. */
export interface SessionRules {
  readonly calendar: Calendar;
  /** A session longer than this is engaged. */
  readonly engagementThresholdMs: number;
}

/** What a session adds to rows as it stands now. */
export function standingOf(session: Session, rules: SessionRules): Standing {
  const durationMs = session.endedAt - session.startedAt;
  const engaged =
    durationMs > rules.engagementThresholdMs || session.views >= 2 || session.keyEvents > 0;
  return {
    startDay: rules.calendar.dayBucket(session.startedAt),
    startHour: rules.calendar.hourBucket(session.startedAt),
    engaged: engaged ? 1 : 0,
    durationMs,
    isNew: session.isNew ? 1 : 0,
    hasKeyEvent: session.keyEvents > 0 ? 1 : 0,
    hasView: session.views > 0 ? 1 : 0,
    values: valuesOf(session),
  };
}

/** In the order of `SESSION_DIMENSIONS`. */
function valuesOf(session: Session): string[] {
  const { firstView, lastView, attributes } = session;
  const from = firstView?.value.acquisition ?? session.firstEvent.value;
  const device = session.device?.value;
  return [
    firstView?.value.page ?? NOT_SET,
    lastView?.value ?? NOT_SET,
    from.channel,
    from.source,
    from.medium,
    from.sourceMedium,
    from.campaign,
    from.term,
    from.content,
    from.referrer,
    attributes[0]?.value ?? NOT_SET,
    attributes[1]?.value ?? NOT_SET,
    attributes[2]?.value ?? NOT_SET,
    attributes[3]?.value ?? NOT_SET,
    device?.device ?? NOT_SET,
    device?.browser ?? NOT_SET,
    device?.browserVersion ?? NOT_SET,
    device?.os ?? NOT_SET,
    device?.osVersion ?? NOT_SET,
    attributes[4]?.value ?? NOT_SET,
  ];
}
