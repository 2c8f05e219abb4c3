/** Reads UTF-8 text; a runtime has a faster way than this library can know. */
export type ReadText = (bytes: Uint8Array, start: number, end: number) => string;

/** Texts kept; each has one place, and a newer one of the same place drives it out. */
const PLACES = 1 << 13;
/** Longer texts seldom repeat and are not kept: 8,192 of this length are 4 MB. */
const LENGTH_MAX = 512;
/** Bytes of a text that choose its place. */
const SAMPLES = 16;

/** Texts by their bytes: what repeats from event to event is made, and hashed by maps, only once. */
export class TextCache {
  private readonly texts: string[] = new Array<string>(PLACES).fill('');

  constructor(private readonly readText: ReadText) {}

  read(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > LENGTH_MAX) return this.readText(bytes, start, end);
    const place = placeOf(bytes, start, length);
    const known = this.texts[place] as string;
    if (known.length === length && isSame(known, bytes, start)) return known;
    const text = this.readText(bytes, start, end);
    this.texts[place] = text;
    return text;
  }
}

function placeOf(bytes: Uint8Array, start: number, length: number): number {
  const step = length <= SAMPLES ? 1 : length / SAMPLES;
  let hash = length;
  for (let offset = 0; offset < length; offset += step) {
    hash = Math.imul(hash ^ (bytes[start + Math.trunc(offset)] as number), 0x01000193);
  }
  if (length > 0) hash = Math.imul(hash ^ (bytes[start + length - 1] as number), 0x01000193);
  return (hash ^ (hash >>> 13)) & (PLACES - 1);
}

/** True for equal ASCII text; a byte of anything else is no character of its own. */
function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const byte = bytes[start + index] as number;
    if (byte !== text.charCodeAt(index) || byte >= 0x80) return false;
  }
  return true;
}
