/**
 * A reading that many ask for at once, made once for all who asked before it began. Nobody gets what was
 * read before they asked, so that no answer is older than one that was given before.
 */
export class SharedRead<T> {
  /** Readings that have not begun: whoever asks now is in time. */
  private readonly waiting = new Map<string, Promise<T>>();
  private readonly underway = new Map<string, Promise<T>>();

  constructor(private readonly read: (...key: string[]) => Promise<T>) {}

  /** Begins when the reading of the same key that is on its way has ended, at the earliest with the next turn. */
  get(...key: string[]): Promise<T> {
    const name = key.join('\0');
    const known = this.waiting.get(name);
    if (known !== undefined) return known;
    const found = this.afterOthers(name).then(() => this.begin(name, key));
    this.waiting.set(name, found);
    return found;
  }

  private async afterOthers(name: string): Promise<void> {
    // Its failure is told to those who asked for it.
    await this.underway.get(name)?.catch(() => {});
  }

  private async begin(name: string, key: string[]): Promise<T> {
    this.waiting.delete(name);
    const found = this.read(...key);
    this.underway.set(name, found);
    try {
      return await found;
    } finally {
      this.underway.delete(name);
    }
  }
}
