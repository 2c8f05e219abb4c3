import type { Properties } from '../wire.js';
import type { ClientOptions } from './client-options.js';
import type { TrackOptions } from './event-map.js';

/** Limits of the wire format. */
const NAME_MAX = 64;
const PROPERTIES_MAX = 30;
const KEY_MAX = 64;
const TEXT_MAX = 500;
const VALUE_LIMIT = 1e9;
const VISITOR = /^[A-Za-z0-9_-]{1,64}$/;

/** Throws a sentence about options that cannot be meant. */
export function checkOptions({ site, flushAt, flushMs, eventsMax, consent }: ClientOptions): void {
  if (typeof site !== 'string' || site === '') throw new TypeError('site must be the site’s id');
  for (const [name, value] of Object.entries({ flushAt, flushMs, eventsMax })) {
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
      throw new TypeError(`${name} must be an integer above 0, not ${String(value)}`);
    }
  }
  if (consent !== undefined && !['granted', 'denied', 'wait'].includes(consent)) {
    throw new TypeError(`consent must be granted, denied or wait, not ${String(consent)}`);
  }
}

/** What is wrong with an event, as a sentence; the collector would refuse it. */
export function check(
  name: unknown,
  properties: Properties | undefined,
  { value, currency, visitorId, userAgent, address }: TrackOptions,
  hasToken: boolean,
): string | null {
  if (typeof name !== 'string' || name === '' || name.length > NAME_MAX) {
    return `the name of an event must be a text of 1 to ${NAME_MAX} characters`;
  }
  if (visitorId !== undefined && !VISITOR.test(visitorId)) {
    return `“${name}”: visitorId must be 1 to 64 letters, digits, “_” or “-”`;
  }
  if ((userAgent !== undefined || address !== undefined) && !hasToken) {
    return `“${name}”: userAgent and address need a token of role WRITE`;
  }
  if (value !== undefined && !(Number.isFinite(value) && Math.abs(value) < VALUE_LIMIT)) {
    return `“${name}”: value must be a number between −10⁹ and 10⁹`;
  }
  if (value !== undefined && !/^[A-Z]{3}$/.test(currency ?? '')) {
    return `“${name}”: value needs a currency such as EUR`;
  }
  const entries = Object.entries(properties ?? {});
  if (entries.length > PROPERTIES_MAX) {
    return `“${name}” has ${entries.length} properties, at most ${PROPERTIES_MAX} are allowed`;
  }
  for (const [key, each] of entries) {
    if (key.length > KEY_MAX) return `“${name}”: a key has more than ${KEY_MAX} characters`;
    const isRight =
      each === undefined ||
      typeof each === 'boolean' ||
      Number.isFinite(each) ||
      (typeof each === 'string' && each.length <= TEXT_MAX);
    if (isRight) continue;
    return `“${name}”: ${key} must be a boolean, a number or a text of at most ${TEXT_MAX} characters`;
  }
  return null;
}
