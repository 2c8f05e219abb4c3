import type { Settings } from './wire.js';

/** A session ends after this long without an event. */
const IDLE_SECONDS = 1800;
/** The longest that browsers keep a cookie. */
const MAX_AGE_SECONDS = 34_560_000;
const VERSION = '1';

/** Who is here: visitor, session start, session number. */
export interface Visitor {
  readonly id: string;
  readonly sessionStart: number;
  readonly sessionNumber: number;
}

let memory = '';

/**
 * Reads the visitor's cookie, makes it when there is none, rolls the session over, and writes it back
 * in one go: `1.<visitor>.<created>.<session start>.<last seen>.<session number>`, in seconds.
 */
export function touchVisitor(settings: Settings, now = Math.floor(Date.now() / 1000)): Visitor {
  const cookie = `_${settings.n ?? 'hindsight'}`;
  const found = new RegExp(`(?:^|; )${cookie}=([^;]*)`).exec(document.cookie)?.[1] ?? memory;
  const [version, id = '', created, start, seen, number] = found.split('.');
  const isKnown = version === VERSION && /^[\w-]{1,64}$/.test(id);
  const isOver = !isKnown || now - Number(seen) > IDLE_SECONDS;
  const visitor = {
    id: isKnown ? id : newVisitor(now),
    sessionStart: isOver ? now : Number(start),
    sessionNumber: (isKnown ? Number(number) : 0) + (isOver ? 1 : 0),
  };
  memory = [
    VERSION,
    visitor.id,
    isKnown ? created : now,
    visitor.sessionStart,
    now,
    visitor.sessionNumber,
  ].join('.');
  const domain = settings.d ? `;domain=${settings.d}` : '';
  const secure = location.protocol === 'https:' ? ';secure' : '';
  document.cookie = `${cookie}=${memory};path=/;max-age=${MAX_AGE_SECONDS};samesite=lax${domain}${secure}`;
  return visitor;
}

function newVisitor(now: number): string {
  const random = crypto.getRandomValues(new Uint32Array(3));
  const text = random.reduce((id, n) => id + n.toString(36).padStart(7, '0'), '');
  return now.toString(36).padStart(8, '0') + text.slice(0, 12);
}
