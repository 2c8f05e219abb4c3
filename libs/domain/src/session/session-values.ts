import { DEVICE_PARTS } from '../classify/conclusions.js';
import { NOT_SET_TEXT, type TextNumber } from '../texts.js';
import type { Session } from './session.js';

/** Index of EXIT_PAGE in `SESSION_DIMENSIONS`: the one value that changes with every view. */
export const EXIT_PAGE = 1;

const NO_DEVICE: readonly TextNumber[] = DEVICE_PARTS.map(() => NOT_SET_TEXT);

/** What a session is in each session dimension, in the order of `SESSION_DIMENSIONS`. */
export function valuesOf(session: Session): TextNumber[] {
  const { firstView, attributes } = session;
  const from = firstView?.value.acquisition ?? session.firstEvent.value;
  const device = session.device?.value ?? NO_DEVICE;
  return [
    entryPageOf(session),
    exitPageOf(session),
    ...from,
    attributes[0]?.value ?? NOT_SET_TEXT,
    attributes[1]?.value ?? NOT_SET_TEXT,
    attributes[2]?.value ?? NOT_SET_TEXT,
    attributes[3]?.value ?? NOT_SET_TEXT,
    ...device,
    attributes[4]?.value ?? NOT_SET_TEXT,
  ];
}

/** Page of the session's first view. */
export function entryPageOf(session: Session): TextNumber {
  return session.firstView?.value.page ?? NOT_SET_TEXT;
}

/** Page of the session's last view. */
export function exitPageOf(session: Session): TextNumber {
  return session.lastView?.value ?? NOT_SET_TEXT;
}
