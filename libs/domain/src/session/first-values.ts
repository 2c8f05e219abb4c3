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
  /** How deep the session scrolled where the value is a page, in per cent; −1 = not told. */
  scrollPercent: number;
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
  add(value: string, at: number, day: number, row: LiveRow | null): Meeting {
    const meeting: Meeting = { value, at, day, row, scrollPercent: -1, next: this.newest };
    this.newest = meeting;
    this.count += 1;
    if (this.index !== null) this.index.set(value, meeting);
    else if (this.count > WALK_MAX) this.makeIndex();
    return meeting;
  }

  /** Takes over another session's meetings. */
  merge(other: FirstValues): void {
    for (let each = other.newest; each !== null; each = each.next) {
      const mine = this.find(each.value) ?? this.add(each.value, each.at, each.day, each.row);
      mine.scrollPercent = Math.max(mine.scrollPercent, each.scrollPercent);
      if (each.at >= mine.at) continue;
      mine.at = each.at;
      mine.day = each.day;
      mine.row = each.row;
    }
  }

  private makeIndex(): void {
    this.index = new Map();
    for (let each = this.newest; each !== null; each = each.next) this.index.set(each.value, each);
  }
}
