import type { ByteReader, ByteWriter } from '#events';
import { NO_TEXT, type TextNumber, type Texts } from '../texts.js';

/** Texts known at first; doubled as there are more. */
const CAPACITY_MIN = 1 << 10;

/** Writes each text once and a number after that; 0 announces a new text, 1 is none. */
export class StringWriter {
  /** The table in which a text, by its number in `Texts`, was written last, and its number there. */
  private tables = new Uint32Array(CAPACITY_MIN);
  private places = new Uint32Array(CAPACITY_MIN);
  private table = 0;
  private length = 0;
  /** Texts without a number, a few, and theirs. */
  private readonly others: string[] = [];
  private readonly otherPlaces: number[] = [];

  constructor(private readonly out: ByteWriter) {}

  /** Begins a table of its own. */
  begin(): void {
    this.table += 1;
    this.length = 0;
    this.others.length = 0;
    this.otherPlaces.length = 0;
  }

  write(text: string): void {
    for (let index = 0; index < this.others.length; index += 1) {
      if (this.others[index] === text) return this.out.varint(this.otherPlaces[index] as number);
    }
    this.others.push(text);
    this.otherPlaces.push(this.announce(text));
  }

  /** Writes the text behind a number. */
  writeNumber(number: TextNumber, texts: Texts): void {
    if (number >= this.tables.length) this.grow(number);
    if (this.tables[number] === this.table) return this.out.varint(this.places[number] as number);
    this.tables[number] = this.table;
    this.places[number] = this.announce(texts.textOf(number));
  }

  /** The same for a number that may be `NO_TEXT`. */
  writeOptionalNumber(number: TextNumber, texts: Texts): void {
    if (number === NO_TEXT) this.out.varint(1);
    else this.writeNumber(number, texts);
  }

  private announce(text: string): number {
    this.out.varint(0);
    this.out.text(text);
    this.length += 1;
    return this.length + 1;
  }

  private grow(number: TextNumber): void {
    const capacity = 2 ** Math.ceil(Math.log2(number + 1));
    const { tables, places } = this;
    this.tables = new Uint32Array(capacity);
    this.tables.set(tables);
    this.places = new Uint32Array(capacity);
    this.places.set(places);
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
