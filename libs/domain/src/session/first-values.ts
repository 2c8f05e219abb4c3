import { OTHER_VALUE } from '../reports/catalogue.js';

/** Distinct values that one session remembers per event dimension; a person sees tens, a robot more. */
const VALUES_PER_SESSION_MAX = 4096;

/**
 * When a session first met each value of one event dimension. Most sessions meet a handful, so a
 * linear search through two arrays is smaller and faster than a map.
 */
export class FirstValues {
  readonly values: string[] = [];
  /** Milliseconds, parallel to `values`. */
  readonly firstAt: number[] = [];

  /** Index of a value, or −1. */
  indexOf(value: string): number {
    return this.values.indexOf(value);
  }

  /** The value under which a further one is remembered: itself, until there are too many. */
  admitted(value: string): string {
    if (this.values.length < VALUES_PER_SESSION_MAX || this.values.includes(value)) return value;
    return OTHER_VALUE;
  }

  /** Remembers a meeting; the earliest counts. */
  meet(value: string, at: number): void {
    const index = this.indexOf(value);
    if (index === -1) {
      this.values.push(value);
      this.firstAt.push(at);
    } else if (at < (this.firstAt[index] as number)) this.firstAt[index] = at;
  }

  /** Takes over another session's meetings. */
  merge(other: FirstValues): void {
    for (let index = 0; index < other.values.length; index += 1) {
      this.meet(other.values[index] as string, other.firstAt[index] as number);
    }
  }
}
