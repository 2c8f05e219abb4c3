import type { WireBatch } from '../wire.js';

const BATCHES_MAX = 200;
/** UTF-16 units, of the five million that a browser gives to the whole site. */
const LENGTH_MAX = 128e3;
const AGE_MAX_MS = 7 * 86_400_000;

/** Batches that wait on the visitor's disk, one a line under one key, oldest first. */
export class Unsent {
  constructor(private readonly key: string) {}

  /** What can be read, is not too old and not too much: the newest stay. */
  read(): WireBatch[] {
    let text = '';
    try {
      text = localStorage.getItem(this.key) ?? '';
    } catch {
      return [];
    }
    const oldest = Date.now() - AGE_MAX_MS;
    return text
      .slice(-LENGTH_MAX)
      .split('\n')
      .map(parse)
      .filter((batch): batch is WireBatch => (batch?.e?.[0]?.t ?? 0) > oldest)
      .slice(-BATCHES_MAX);
  }

  append(batch: WireBatch): void {
    this.write([...this.read(), batch]);
  }

  remove(id: string): void {
    this.write(this.read().filter((batch) => batch.b !== id));
  }

  write(batches: readonly WireBatch[]): void {
    let lines = batches.slice(-BATCHES_MAX).map((batch) => JSON.stringify(batch));
    while (lines.join('\n').length > LENGTH_MAX) lines = lines.slice(1);
    try {
      if (lines.length > 0) localStorage.setItem(this.key, lines.join('\n'));
      else localStorage.removeItem(this.key);
    } catch {
      // A full or forbidden storage: what was to be kept is lost, the page is not.
    }
  }
}

function parse(line: string): WireBatch | null {
  try {
    return JSON.parse(line) as WireBatch;
  } catch {
    return null;
  }
}
