import { FLAG, type WireBatch, type WireEvent } from '../wire.js';

/** How often attention is looked at: it is counted in steps of so much. */
const LOOK_MS = 1000;
/** So many looks between two messages: each replaces the one before. */
const LOOKS_PER_MESSAGE = 3;

type FetchLater = (url: string, init: RequestInit) => unknown;

/**
 * Leaves a message with the browser (`fetchLater`) that it sends when the page ends without a word of its own, as in a
 * crash: the attention since the last event about it. A page that can speak takes the message back.
 */
export class LastWord {
  private sender: WireBatch | null = null;
  private view: Pick<WireEvent, 'u' | 'g'> = {};
  private engagedMs = 0;
  private looks = 0;
  private message: AbortController | null = null;

  /** @param mayTell whether what this batch said of its visitor may still be sent */
  constructor(
    private readonly endpoint: string,
    private readonly mayTell: (sender: WireBatch) => boolean,
  ) {
    if (!('fetchLater' in self)) return;
    setInterval(() => this.look(), LOOK_MS);
    for (const end of ['pagehide', 'visibilitychange'])
      addEventListener(end, () => this.takeBack());
  }

  /** An event was queued: attention is counted from here if it tells of it, or begins a view. */
  noteEvent(n: string): void {
    if (n !== 'user_engagement' && n !== 'page_view') return;
    this.engagedMs = 0;
    this.takeBack();
  }

  /** A batch is sent: its visitor and its view are those of the message. */
  noteBatch(batch: WireBatch): void {
    this.sender = batch;
    const last = batch.e.at(-1);
    this.view = { u: last?.u, g: last?.g };
  }

  private look(): void {
    if (this.sender !== null && !this.mayTell(this.sender)) {
      this.sender = null;
      this.takeBack();
    }
    if (document.hidden || !document.hasFocus()) return;
    this.engagedMs += LOOK_MS;
    this.looks += 1;
    if (this.looks % LOOKS_PER_MESSAGE === 0) this.leave();
  }

  private leave(): void {
    const { sender, view } = this;
    if (sender === null) return;
    this.takeBack();
    this.message = new AbortController();
    const id = crypto.getRandomValues(new Uint32Array(3)).join('');
    const event = { i: id, n: 'user_engagement', t: Date.now(), ...view, d: this.engagedMs };
    const { v, s, c, n, m, k } = sender;
    const body = JSON.stringify({
      ...{ v, s, b: id, t: Date.now(), c, n, m, k: (k & ~FLAG.retry) | FLAG.beacon },
      e: [event],
    });
    try {
      const { fetchLater } = self as unknown as { fetchLater: FetchLater };
      fetchLater(this.endpoint, { method: 'POST', body, signal: this.message.signal });
    } catch {
      // No room for it, or not allowed here: then a crash is silent.
    }
  }

  private takeBack(): void {
    this.message?.abort();
    this.message = null;
  }
}
