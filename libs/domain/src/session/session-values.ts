import { DEVICE_PARTS } from '../classify/conclusions.js';
import { NO_TEXT, NOT_SET_TEXT, type TextNumber } from '../texts.js';
import { MARK } from './marks.js';
import type { Session } from './session.js';

/** Index of EXIT_PAGE in `SESSION_DIMENSIONS`: the one value that changes with every view. */
export const EXIT_PAGE = 1;

const NO_DEVICE: readonly TextNumber[] = DEVICE_PARTS.map(() => NOT_SET_TEXT);

/** What a session is in each session dimension, in the order of `SESSION_DIMENSIONS`. */
export function valuesOf(session: Session): TextNumber[] {
  const from = session.viewAcquisition ?? session.eventAcquisition;
  const device = session.device ?? NO_DEVICE;
  return [
    entryPageOf(session),
    exitPageOf(session),
    from[0] as TextNumber,
    from[1] as TextNumber,
    from[2] as TextNumber,
    from[3] as TextNumber,
    from[4] as TextNumber,
    from[5] as TextNumber,
    from[6] as TextNumber,
    from[7] as TextNumber,
    markedOf(session, MARK.country),
    markedOf(session, MARK.region),
    markedOf(session, MARK.city),
    markedOf(session, MARK.language),
    device[0] as TextNumber,
    device[1] as TextNumber,
    device[2] as TextNumber,
    device[3] as TextNumber,
    device[4] as TextNumber,
    markedOf(session, MARK.screen),
  ];
}

/** Page of the session's first view. */
export function entryPageOf(session: Session): TextNumber {
  return markedOf(session, MARK.firstView);
}

/** Page of the session's last view. */
export function exitPageOf(session: Session): TextNumber {
  return markedOf(session, MARK.lastView);
}

function markedOf(session: Session, mark: number): TextNumber {
  const value = session.marks.valueOf(mark);
  return value === NO_TEXT ? NOT_SET_TEXT : value;
}
