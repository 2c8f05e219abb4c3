import type { LiveRow } from '../projection/live-row.js';
import { OTHER_VALUE } from '../reports/catalogue.js';

/** Distinct values that one session remembers per event dimension; a person sees tens, a robot more. */
const VALUES_PER_SESSION_MAX = 4096;
/** Values up to which a walk from one to the next is smaller and faster than a map. */
const WALK_MAX = 16;

/** A value that a session has met, and when it did first. */
export interface Meeting {
  readonly value: string;
  /** Milliseconds of the first event with the value. */
  at: number;
  /** Local day of `at`. */
  day: number;
  /** Row of the value on that day, when it is at hand; not stored. */
  row: LiveRow | null;
  readonly next: Meeting | null;
}

/** When a session first met each value of one event dimension: a list, newest value first. */
export class FirstValues {
  newest: Meeting | null = null;
  count = 0;
  private index: Map<string, Meeting> | null = null;

  /** The meeting with a value, or `null`. */
  find(value: string): Meeting | null {
    if (this.index !== null) return this.index.get(value) ?? null;
    let each = this.newest;
    while (each !== null && each.value !== value) each = each.next;
    return each;
  }

  /** The value under which a new one is remembered: itself, until there are too many. */
  admitted(value: string): string {
    return this.count < VALUES_PER_SESSION_MAX ? value : OTHER_VALUE;
  }

  /** Remembers a value that was not met before. */
  add(value: string, at: number, day: number, row: LiveRow | null): void {
    const meeting = { value, at, day, row, next: this.newest };
    this.newest = meeting;
    this.count += 1;
    if (this.index !== null) this.index.set(value, meeting);
    else if (this.count > WALK_MAX) this.makeIndex();
  }

  /** Takes over another session's meetings. */
  merge(other: FirstValues): void {
    for (let each = other.newest; each !== null; each = each.next) {
      const mine = this.find(each.value);
      if (mine === null) this.add(each.value, each.at, each.day, each.row);
      else if (each.at < mine.at) {
        mine.at = each.at;
        mine.day = each.day;
        mine.row = each.row;
      }
    }
  }

  private makeIndex(): void {
    this.index = new Map();
    for (let each = this.newest; each !== null; each = each.next) this.index.set(each.value, each);
  }
}
