/** Those who wait for something to arrive, each for a limited time. */
export class Arrivals {
  private readonly waiting = new Set<() => void>();

  /** How many wait now. */
  get count(): number {
    return this.waiting.size;
  }

  /** Resolves at the next `wake`, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      this.waiting.add(end);
    });
  }

  /** Lets everybody go on who waits now. */
  wake(): void {
    for (const end of this.waiting) end();
  }
}
