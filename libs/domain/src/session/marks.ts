import { NO_TEXT, type TextNumber } from '../texts.js';

/** What a session takes from the first event, or the last, that has it. */
export const MARK = {
  event: 0,
  firstView: 1,
  lastView: 2,
  device: 3,
  country: 4,
  region: 5,
  city: 6,
  language: 7,
  screen: 8,
} as const;
export const MARK_COUNT = 9;

/** In place of a time: no event had it yet. */
const NEVER = 2 ** 30;
const NOTHING = Array.from({ length: MARK_COUNT }, () => [NEVER, NO_TEXT]).flat();
const NO_IDS = new Array<string>(MARK_COUNT).fill('');

/**
 * The event that each mark came from, and a value; the order of events is (at, id). Times are kept as small
 * integers, milliseconds from an instant of the session, which is 24 h long at most: as milliseconds since
 * 1970 each would be an object of its own.
 */
export class Marks {
  /** Time and value of each mark. */
  private readonly numbers = NOTHING.slice();
  private readonly ids = NO_IDS.slice();

  /** @param base an instant of the session, ms */
  constructor(private readonly base: number) {}

  has(mark: number): boolean {
    return this.numbers[2 * mark] !== NEVER;
  }

  /** Instant of the event behind a mark that is there. */
  at(mark: number): number {
    return this.base + (this.numbers[2 * mark] as number);
  }

  idOf(mark: number): string {
    return this.ids[mark] as string;
  }

  /** `NO_TEXT` when no event had it. */
  valueOf(mark: number): TextNumber {
    return this.numbers[2 * mark + 1] as TextNumber;
  }

  /** Whether an event comes before the one behind a mark. */
  isBefore(at: number, id: string, mark: number): boolean {
    const known = this.numbers[2 * mark] as number;
    const offset = at - this.base;
    return offset < known || (offset === known && id < (this.ids[mark] as string));
  }

  /** Whether an event comes after the one behind a mark, or is it. */
  isAfter(at: number, id: string, mark: number): boolean {
    return !this.has(mark) || !this.isBefore(at, id, mark);
  }

  set(mark: number, at: number, id: string, value: TextNumber): void {
    this.numbers[2 * mark] = at - this.base;
    this.numbers[2 * mark + 1] = value;
    this.ids[mark] = id;
  }

  /** Takes over what another session has earlier, or later for the last view; tells which marks. */
  merge(other: Marks, taken: (mark: number) => void): void {
    for (let mark = 0; mark < MARK_COUNT; mark += 1) {
      if (!other.has(mark)) continue;
      const at = other.at(mark);
      const id = other.idOf(mark);
      const isTaken =
        mark === MARK.lastView ? this.isAfter(at, id, mark) : this.isBefore(at, id, mark);
      if (!isTaken) continue;
      this.set(mark, at, id, other.valueOf(mark));
      taken(mark);
    }
  }
}
