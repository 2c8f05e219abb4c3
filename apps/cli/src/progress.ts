/** How often a line of progress is shown. */
const SHOW_INTERVAL_MS = 500;

/** Shows how far long work is, how fast, and how long it will take. */
export class Progress {
  private readonly startedAt = performance.now();
  private shownAt = 0;

  constructor(
    private readonly name: string,
    private readonly unit: string,
  ) {}

  show(done: number, total: number): void {
    const now = performance.now();
    if (now - this.shownAt < SHOW_INTERVAL_MS) return;
    this.shownAt = now;
    const rate = done / Math.max(0.001, (now - this.startedAt) / 1000);
    const eta = rate === 0 ? '…' : `${Math.ceil((total - done) / rate)} s`;
    const line = `${this.name}: ${done} of ${total} ${this.unit}, ${Math.round(rate)}/s, ${eta} left`;
    process.stderr.write(process.stderr.isTTY ? `\r${line}   ` : `${line}\n`);
  }

  end(): void {
    if (process.stderr.isTTY && this.shownAt > 0) process.stderr.write('\n');
  }
}
