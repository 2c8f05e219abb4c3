import type { ByteReader, ByteWriter } from '#events';

/** Writes each text once and a number after that; 0 announces a new text, 1 the absent one. */
export class StringWriter {
  private readonly numbers = new Map<string, number>();

  constructor(private readonly out: ByteWriter) {}

  write(text: string): void {
    const number = this.numbers.get(text);
    if (number !== undefined) return this.out.varint(number);
    this.numbers.set(text, this.numbers.size + 2);
    this.out.varint(0);
    this.out.text(text);
  }

  writeOptional(text: string | null): void {
    if (text === null) this.out.varint(1);
    else this.write(text);
  }
}

/** Reads what `StringWriter` wrote. */
export class StringReader {
  private readonly texts: string[] = [];

  constructor(private readonly from: ByteReader) {}

  read(): string {
    return this.readOptional() ?? '';
  }

  readOptional(): string | null {
    const number = this.from.varint();
    if (number === 1) return null;
    if (number > 1) return this.texts[number - 2] as string;
    const text = this.from.text();
    this.texts.push(text);
    return text;
  }
}
