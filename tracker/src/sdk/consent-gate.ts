export type ConsentState = 'granted' | 'denied' | 'wait';
/** What may be sent: with ids, without, or nothing. */
export type Limit = 'granted' | 'cookieless' | 'off';
type Mode = Exclude<Limit, 'off'>;

/** Events held until a visitor has decided. */
const HELD_MAX = 100;

/** Lets events through, holds them until it is decided, or drops them. */
export class ConsentGate {
  private held: ((mode: Mode) => void)[] = [];

  /**
   * @param denied what a refusal leads to
   * @param limit what consent leads to at most
   */
  constructor(
    private state: ConsentState,
    private readonly denied: 'off' | 'cookieless',
    private limit: Limit,
  ) {}

  /** Events that wait for a decision. */
  get heldCount(): number {
    return this.held.length;
  }

  /** Whether events with ids may be sent. */
  get isOpen(): boolean {
    return this.state === 'granted' && this.limit === 'granted';
  }

  get isWaiting(): boolean {
    return this.state === 'wait';
  }

  pass(add: (mode: Mode) => void): void {
    if (this.state === 'wait') this.held = [...this.held, add].slice(0, HELD_MAX);
    else if (this.mode !== 'off') add(this.mode);
  }

  /** Decides, and lets through what was held if it may go. */
  decide(state: 'granted' | 'denied'): void {
    this.state = state;
    for (const add of this.held.splice(0)) this.pass(add);
  }

  /** Lets nothing through any more, whatever is decided. */
  close(): void {
    this.limit = 'off';
    this.held = [];
    this.state = 'denied';
  }

  private get mode(): Limit {
    if (this.state === 'granted') return this.limit;
    return this.denied === 'off' || this.limit === 'off' ? 'off' : 'cookieless';
  }
}
