import type { ByteReader, ByteWriter } from '#events';
import { NO_TEXT, type TextNumber, type Texts } from '../texts.js';

/** Writes each text once and a number after that; 0 announces a new text, 1 is none. */
export class StringWriter {
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly out: ByteWriter,
    private readonly texts: Texts,
  ) {}

  write(text: string): void {
    const number = this.numbers.get(text);
    if (number !== undefined) return this.out.varint(number);
    this.numbers.set(text, this.numbers.size + 2);
    this.out.varint(0);
    this.out.text(text);
  }

  /** Writes the text behind a number. */
  writeNumber(number: TextNumber): void {
    this.write(this.texts.textOf(number));
  }

  /** The same for a number that may be `NO_TEXT`. */
  writeOptionalNumber(number: TextNumber): void {
    if (number === NO_TEXT) this.out.varint(1);
    else this.writeNumber(number);
  }
}

/** Reads what `StringWriter` wrote. */
export class StringReader {
  private readonly known: string[] = [];

  constructor(
    private readonly from: ByteReader,
    private readonly texts: Texts,
  ) {}

  read(): string {
    return this.readOptional() ?? '';
  }

  /** The number of the text that is read. */
  readNumber(): TextNumber {
    return this.texts.numberOf(this.read());
  }

  readOptionalNumber(): TextNumber {
    return this.texts.numberOfOptional(this.readOptional());
  }

  private readOptional(): string | null {
    const number = this.from.varint();
    if (number === 1) return null;
    if (number > 1) return this.known[number - 2] as string;
    const text = this.from.text();
    this.known.push(text);
    return text;
  }
}
