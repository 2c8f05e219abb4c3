/** More than this between two looks is a jump: a clock that is being adjusted moves by seconds. */
const JUMP_MS = 5 * 60_000;
/** A clock that was wrong when the machine started is set right within minutes, by the network's time. */
const TRUST_AFTER_START_MS = 60 * 60_000;
/** Somebody notices within a day that a running machine's clock went wrong. */
const TRUST_AFTER_JUMP_MS = 24 * 60 * 60_000;

/** The clock on the wall, which may jump, and one that only runs; both in milliseconds. */
export interface Clocks {
  wall(): number;
  running(): number;
}

/** Tells whether the clock on the wall can be believed: whether it has run without a jump for long enough. */
export class SteadyClock {
  /** By how much the clocks were apart at the last look. */
  private apart: number;
  private steadySince: number;
  private neededMs = TRUST_AFTER_START_MS;

  constructor(
    private readonly clocks: Clocks = { wall: Date.now, running: () => performance.now() },
  ) {
    this.steadySince = clocks.running();
    this.apart = clocks.wall() - this.steadySince;
  }

  get now(): number {
    return this.clocks.wall();
  }

  /** Notices a jump since the last look. */
  look(): void {
    const running = this.clocks.running();
    const apart = this.clocks.wall() - running;
    if (Math.abs(apart - this.apart) > JUMP_MS) {
      this.steadySince = running;
      this.neededMs = TRUST_AFTER_JUMP_MS;
    }
    this.apart = apart;
  }

  get isTrusted(): boolean {
    return this.clocks.running() - this.steadySince >= this.neededMs;
  }
}
