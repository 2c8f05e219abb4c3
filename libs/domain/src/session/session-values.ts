import { NOT_SET } from '../classify/conclusions.js';
import type { Session } from './session.js';

/** Index of EXIT_PAGE in `SESSION_DIMENSIONS`: the one value that changes with every view. */
export const EXIT_PAGE = 1;

/** What a session is in each session dimension, in the order of `SESSION_DIMENSIONS`. */
export function valuesOf(session: Session): string[] {
  const { firstView, attributes } = session;
  const from = firstView?.value.acquisition ?? session.firstEvent.value;
  const device = session.device?.value;
  return [
    entryPageOf(session),
    exitPageOf(session),
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

/** Page of the session's first view. */
export function entryPageOf(session: Session): string {
  return session.firstView?.value.page ?? NOT_SET;
}

/** Page of the session's last view. */
export function exitPageOf(session: Session): string {
  return session.lastView?.value ?? NOT_SET;
}
