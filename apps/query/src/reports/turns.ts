/**
 * One piece of work after the other, in the order of asking, each in a turn of the event loop of its own:
 * between two of them whatever arrived is taken in, a hit or the rest of a question that came in two parts.
 */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn, which ends when the caller waits for something. */
  take(): Promise<void> {
    this.last = this.last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.last;
  }
}
