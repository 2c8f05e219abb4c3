import { OTHER_VALUE } from './reports/catalogue.js';

export const NOT_SET = '(not set)';

/** Number of a text in `Texts`; `NO_TEXT` where there is none. */
export type TextNumber = number;
export const NO_TEXT: TextNumber = -1;

/** Texts that every `Texts` knows from the start, so that their numbers are constants. */
const KNOWN = ['', NOT_SET, OTHER_VALUE];
export const EMPTY_TEXT: TextNumber = 0;
export const NOT_SET_TEXT: TextNumber = 1;
export const OTHER_TEXT: TextNumber = 2;

/**
 * Numbers for the values of dimensions: the fold compares, keeps and looks up integers, and a text again
 * only when it is stored. Texts are never forgotten; whoever fills one begins a new one when it is large.
 */
export class Texts {
  private readonly numbers = new Map<string, TextNumber>();
  private readonly texts: string[] = [];

  constructor() {
    for (const text of KNOWN) this.numberOf(text);
  }

  /** How many texts there are. */
  get size(): number {
    return this.texts.length;
  }

  /** The number of a text, which it gets when it has none yet. */
  numberOf(text: string): TextNumber {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.length;
    this.numbers.set(text, number);
    this.texts.push(text);
    return number;
  }

  /** The number of a text that may be missing. */
  numberOfOptional(text: string | null): TextNumber {
    return text === null ? NO_TEXT : this.numberOf(text);
  }

  /** The text of a number other than `NO_TEXT`. */
  textOf(number: TextNumber): string {
    return this.texts[number] as string;
  }
}
