import type { ByteReader, ByteWriter } from '#events';
import type { TextNumber, Texts } from '../texts.js';

/** Writes each text once and a number after that; 0 announces a new text. */
export class StringWriter {
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly out: ByteWriter,
    private readonly texts: Texts,
  ) {}

  write(text: string): void {
    const number = this.numbers.get(text);
    if (number !== undefined) return this.out.varint(number);
    this.numbers.set(text, this.numbers.size + 1);
    this.out.varint(0);
    this.out.text(text);
  }

  /** Writes the text behind a number. */
  writeNumber(number: TextNumber): void {
    this.write(this.texts.textOf(number));
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
    const number = this.from.varint();
    if (number > 0) return this.known[number - 1] as string;
    const text = this.from.text();
    this.known.push(text);
    return text;
  }

  /** The number of the text that is read. */
  readNumber(): TextNumber {
    return this.texts.numberOf(this.read());
  }
}
