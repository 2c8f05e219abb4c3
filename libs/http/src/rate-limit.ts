import { isIP } from 'node:net';

const MINUTE_MS = 60_000;
/** Addresses counted in one minute; more share one count, so that memory has an end. */
const ADDRESSES_MAX = 100_000;
const EVERYBODY_ELSE = '';

/** Hits per address and minute, in windows of whole minutes. */
export class RateLimit {
  private counts = new Map<string, number>();
  private minute = 0;

  /** @param perMinute 0 = no limit */
  constructor(readonly perMinute: number) {}

  /** Counts hits; false when the address has sent too many this minute. */
  take(address: string, hits: number, now: number): boolean {
    if (this.perMinute === 0 || isLoopback(address)) return true;
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.minute) {
      this.minute = minute;
      this.counts = new Map();
    }
    const isKnown = this.counts.has(address);
    const key = isKnown || this.counts.size < ADDRESSES_MAX ? address : EVERYBODY_ELSE;
    const count = (this.counts.get(key) ?? 0) + hits;
    if (count > this.perMinute) return false;
    this.counts.set(key, count);
    return true;
  }

  /** Seconds until the next window. */
  static retryAfterSeconds(now: number): number {
    return Math.max(1, Math.ceil((MINUTE_MS - (now % MINUTE_MS)) / 1000));
  }
}

/** Whether an address is this machine itself; asked for every hit, so by its text. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (address.startsWith('127.') && isIP(address) === 4);
}
