import { type Registry, RegistryError } from '#readmodel';
import type { SteadyClock } from './steady-clock.js';

const DAY_MS = 86_400_000;

/**
 * Salts of the days that hits arrive on. A salt is deleted when its day began 48 hours ago: with it goes the
 * only way back from a visitor to an address. A clock that jumps deletes none that is still needed.
 */
export class DailySalts {
  private day = '';
  private salt: Buffer = Buffer.alloc(0);

  constructor(
    private readonly registry: Registry,
    private readonly clock: SteadyClock,
  ) {}

  /** The salt of the UTC day of an instant, asked for once a day. */
  async at(receivedAt: number): Promise<Buffer> {
    this.clock.look();
    const day = dayOf(receivedAt);
    if (day === this.day) return this.salt;
    const salt = await this.registry.saltOf(day);
    this.salt = salt;
    this.day = day;
    // Around midnight another request may have put another day's salt in its place meanwhile.
    return salt;
  }

  /** Deletes what is over, and what is of days that a wrong clock made up; to be called every few minutes. */
  async sweep(): Promise<void> {
    this.clock.look();
    if (!this.clock.isTrusted) return;
    const { now } = this.clock;
    try {
      await this.registry.keepSalts(dayOf(now - DAY_MS), dayOf(now + DAY_MS));
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      // The next time will do.
      const { message } = error;
      process.stderr.write(`${JSON.stringify({ event: 'salts_not_deleted', message })}\n`);
    }
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
