import type { Kernel } from '../script/kernel.js';
import type { Mode } from '../script/settings.js';
import { FLAG } from '../wire.js';
import { decide, OPTED_OUT, signals } from './decide.js';
import { cookieJar, forget, type Jar, tabJar, touchVisitor } from './visitor.js';

/** What a page says about the visitor's will. */
export interface Consent {
  readonly analytics?: 'granted' | 'denied';
  /** The same in the words of GA's consent mode. */
  readonly analytics_storage?: 'granted' | 'denied';
  /** Milliseconds that a decision is waited for; then the default is one. */
  readonly waitForUpdate?: number;
  readonly wait_for_update?: number;
}

/**
 * What may be stored and sent. While nothing is decided events stay in memory; then they are sent in the mode
 * that was decided, or dropped. A refusal deletes what was stored.
 */
export class Privacy {
  /** `null` until something was decided. */
  mode: Mode | 'wait' | null = null;
  private timer = 0;
  private readonly jars: Record<'cookie' | 'session', Jar>;
  private readonly visitorOfCore: Kernel['visitor_'];
  private readonly outKey: string;

  constructor(private readonly kernel: Kernel) {
    const settings = kernel.settings_;
    this.visitorOfCore = kernel.visitor_;
    this.jars = { cookie: cookieJar(settings), session: tabJar(settings) };
    this.outKey = `${settings.name_}-`;
  }

  get isOptedOut(): boolean {
    try {
      return localStorage.getItem(this.outKey) === OPTED_OUT;
    } catch {
      return false;
    }
  }

  /** Begins with what the settings say; a call of `consent` may follow at once. */
  begin(): void {
    const { consent_ } = this.kernel.settings_;
    this.apply(consent_ === 'wait' && !this.isOptedOut ? 'wait' : this.decided());
  }

  consent(kind: unknown, consent: Consent = {}): void {
    const word = consent.analytics ?? consent.analytics_storage;
    clearTimeout(this.timer);
    if (this.isOptedOut) return;
    if (word === 'granted') return this.apply(this.decided());
    if (word !== 'denied') return;
    const denied = this.kernel.settings_.denied_ ?? 'off';
    if (kind === 'update') {
      forget(this.kernel.settings_);
      return this.apply(this.stricter(denied));
    }
    // A default is no decision yet: what must not be sent may still be held, in case it is allowed.
    const waitMs = consent.waitForUpdate ?? consent.wait_for_update ?? 0;
    if (denied === 'off' || waitMs > 0) this.apply('wait');
    else this.apply(this.stricter(denied));
    if (denied !== 'off' && waitMs > 0)
      this.timer = setTimeout(() => this.apply(this.stricter(denied)), waitMs) as unknown as number;
  }

  optOut(): void {
    forget(this.kernel.settings_);
    localStorage.setItem(this.outKey, OPTED_OUT);
    this.apply('off');
  }

  optIn(): void {
    localStorage.removeItem(this.outKey);
    this.apply(this.decided());
  }

  reset(): void {
    forget(this.kernel.settings_);
    // The core remembers the visitor; from here on these jars do.
    const { settings_ } = this.kernel;
    Object.assign(this.jars, { cookie: cookieJar(settings_), session: tabJar(settings_) });
    if (this.mode === 'cookie')
      this.kernel.visitor_ = () => touchVisitor(settings_, this.jars.cookie);
  }

  private decided(): Mode {
    return decide(this.kernel.settings_, this.isOptedOut);
  }

  private stricter(mode: Mode): Mode {
    const decided = this.decided();
    return decided === 'off' ? decided : mode;
  }

  private apply(mode: Mode | 'wait'): void {
    const { kernel } = this;
    const { gpc, dnt } = signals();
    this.mode = mode;
    if (mode === 'off') this.drop();
    kernel.held_ = mode === 'wait' || mode === 'off';
    kernel.flags_ =
      (kernel.flags_ & FLAG.webdriver) |
      (mode === 'cookieless' ? FLAG.cookieless : FLAG.consented) |
      (gpc ? FLAG.gpc : 0) |
      (dnt ? FLAG.dnt : 0);
    if (mode === 'cookieless') kernel.visitor_ = () => ({});
    else if (mode === 'session' || (mode === 'cookie' && gpc))
      kernel.visitor_ = () => touchVisitor(kernel.settings_, this.jars[mode]);
    else if (mode === 'cookie') kernel.visitor_ = this.visitorOfCore;
    kernel.flush_();
  }

  /** Empties the queue without sending it. */
  private drop(): void {
    const { send_, visitor_ } = this.kernel;
    this.kernel.send_ = () => {};
    this.kernel.visitor_ = () => ({});
    this.kernel.held_ = 0;
    this.kernel.flush_();
    this.kernel.send_ = send_;
    this.kernel.visitor_ = visitor_;
  }
}
