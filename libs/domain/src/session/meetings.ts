import { OTHER_TEXT, type TextNumber } from '../texts.js';

/** Distinct values that one session remembers per event dimension; a person sees tens, a robot more. */
const VALUES_PER_DIMENSION_MAX = 4096;
/** Meetings up to which a walk along them is smaller and faster than a map. */
const WALK_MAX = 48;
/** More than there are event dimensions: a value and its dimension make one key. */
const DIMENSIONS_MAX = 16;
/** Numbers of one meeting: key, ms since `base`, local day, deepest scroll. */
const STRIDE = 4;

/** Place of a meeting in a session's `Meetings`. */
export type Meeting = number;
export const NO_MEETING: Meeting = -1;

/**
 * When a session first met each value of its event dimensions: small integers one behind the other, since
 * an object for each would be most of a session's memory.
 */
export class Meetings {
  private readonly numbers: number[] = [];
  private index: Map<number, Meeting> | null = null;

  /** @param base an instant of the session, ms */
  constructor(private readonly base: number) {}

  /** How many there are: their places are the multiples of `step` below it. */
  get end(): Meeting {
    return this.numbers.length;
  }

  /** From one meeting to the next. */
  static readonly step = STRIDE;

  /** The meeting with a value of a dimension, or `NO_MEETING`. */
  find(dimension: number, value: TextNumber): Meeting {
    const key = value * DIMENSIONS_MAX + dimension;
    if (this.index !== null) return this.index.get(key) ?? NO_MEETING;
    const { numbers } = this;
    for (let at = 0; at < numbers.length; at += STRIDE) if (numbers[at] === key) return at;
    return NO_MEETING;
  }

  /** The value under which a new one is remembered: itself, until there are too many. */
  admitted(dimension: number, value: TextNumber): TextNumber {
    if (this.numbers.length < VALUES_PER_DIMENSION_MAX * STRIDE) return value;
    let count = 0;
    for (let at = 0; at < this.end; at += STRIDE)
      if (this.dimensionOf(at) === dimension) count += 1;
    return count < VALUES_PER_DIMENSION_MAX ? value : OTHER_TEXT;
  }

  /**
   * Remembers a value that was not met before.
   *
   * @param scrollPercent how deep the session scrolled where the value is a page; −1 = not told
   */
  add(
    dimension: number,
    value: TextNumber,
    occurredAt: number,
    day: number,
    scrollPercent = -1,
  ): void {
    const { numbers } = this;
    const key = value * DIMENSIONS_MAX + dimension;
    const at = numbers.length;
    numbers.push(key, occurredAt - this.base, day, scrollPercent);
    if (this.index !== null) this.index.set(key, at);
    else if (numbers.length > WALK_MAX * STRIDE) this.makeIndex();
  }

  dimensionOf(meeting: Meeting): number {
    return (this.numbers[meeting] as number) % DIMENSIONS_MAX;
  }

  valueOf(meeting: Meeting): TextNumber {
    return Math.floor((this.numbers[meeting] as number) / DIMENSIONS_MAX);
  }

  /** Milliseconds of the first event with the value. */
  atOf(meeting: Meeting): number {
    return this.base + (this.numbers[meeting + 1] as number);
  }

  /** Local day of that event. */
  dayOf(meeting: Meeting): number {
    return this.numbers[meeting + 2] as number;
  }

  /** How deep the session scrolled on a page, in per cent; −1 = not told. */
  scrollOf(meeting: Meeting): number {
    return this.numbers[meeting + 3] as number;
  }

  moveTo(meeting: Meeting, occurredAt: number, day: number): void {
    this.numbers[meeting + 1] = occurredAt - this.base;
    this.numbers[meeting + 2] = day;
  }

  scrollTo(meeting: Meeting, percent: number): void {
    this.numbers[meeting + 3] = percent;
  }

  /** Takes over another session's meetings. */
  merge(other: Meetings): void {
    for (let each = 0; each < other.end; each += STRIDE) {
      const dimension = other.dimensionOf(each);
      const value = other.valueOf(each);
      const mine = this.find(dimension, value);
      if (mine === NO_MEETING) {
        this.add(dimension, value, other.atOf(each), other.dayOf(each), other.scrollOf(each));
        continue;
      }
      this.scrollTo(mine, Math.max(this.scrollOf(mine), other.scrollOf(each)));
      if (other.atOf(each) < this.atOf(mine)) {
        this.moveTo(mine, other.atOf(each), other.dayOf(each));
      }
    }
  }

  private makeIndex(): void {
    this.index = new Map();
    for (let at = 0; at < this.end; at += STRIDE) this.index.set(this.numbers[at] as number, at);
  }
}
