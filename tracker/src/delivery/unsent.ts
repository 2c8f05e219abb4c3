import type { WireBatch } from '../wire.js';

const BATCHES_MAX = 200;
/** UTF-16 units, of the five million that a browser gives to the whole site. */
const LENGTH_MAX = 128e3;
const AGE_MAX_MS = 7 * 86_400_000;

/**
 * Batches that wait on the visitor's disk. Each has a key of its own, its id (digits) and the tracker's name,
 * so that a tab that removes one cannot lose what another is just adding; the name alone says that some wait.
 */
export class Unsent {
  constructor(private readonly name: string) {}

  /** What can be read, is not too old and not too much, oldest first: the newest stay. */
  read(): WireBatch[] {
    const oldest = Date.now() - AGE_MAX_MS;
    let length = 0;
    return unsentKeys(this.name)
      .map(parse)
      .filter((batch): batch is WireBatch => (batch?.e?.[0]?.t ?? 0) > oldest)
      .sort((one, other) => other.t - one.t || (one.b < other.b ? 1 : -1))
      .slice(0, BATCHES_MAX)
      .filter((batch) => {
        length += JSON.stringify(batch).length;
        return length < LENGTH_MAX;
      })
      .reverse();
  }

  append(batch: WireBatch): void {
    safely(() => {
      localStorage[batch.b + this.name] = JSON.stringify(batch);
      localStorage[this.name] = 1;
    });
  }

  remove(id: string): void {
    safely(() => {
      localStorage.removeItem(id + this.name);
      if (unsentKeys(this.name)[0]) return;
      localStorage.removeItem(this.name);
      // Another tab may have added one in between.
      if (unsentKeys(this.name)[0]) localStorage[this.name] = 1;
    });
  }

  /** Removes what nobody will read: damaged, too old, too much. */
  prune(): void {
    const kept = this.read().map(({ b }) => b + this.name);
    for (const key of unsentKeys(this.name)) {
      if (!kept.includes(key)) this.remove(key.slice(0, -this.name.length));
    }
  }
}

/** Keys of the batches that wait. */
export function unsentKeys(name: string): string[] {
  const key = new RegExp(`^\\d+${name}$`);
  return safely(() => Object.keys(localStorage).filter((each) => key.test(each))) ?? [];
}

function parse(key: string): WireBatch | null | undefined {
  return safely(() => JSON.parse(localStorage[key]) as WireBatch);
}

/** Where storage is full or forbidden, what was to be kept is lost; the page is not. */
function safely<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
