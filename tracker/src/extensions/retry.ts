/**
 * Sends again what could not be sent: one tab at a time, less often the longer it fails. With strict delivery
 * every batch is kept on disk before it is sent and until the collector has it; the same ids make the
 * collector count it once.
 */
import { type Outcome, outcomeOf, waitMsAfter } from '../delivery/answer.js';
import { LastWord } from '../delivery/last-word.js';
import { alone } from '../delivery/lease.js';
import { Unsent } from '../delivery/unsent.js';
import type { Kernel, TrackOptions } from '../script/kernel.js';
import { FLAG, type WireBatch } from '../wire.js';

/** A blocker never lets anything through: after so many attempts without any answer no more in this document. */
const UNANSWERED_MAX = 5;
/** Bytes of a body that a browser may still send while the page goes. */
const KEEPALIVE_MAX = 60_000;

export default function retry(kernel: Kernel): void {
  const { endpoint_, name_, delivery_ } = kernel.settings_;
  const unsent = new Unsent(name_);
  // Consent may be taken back after a batch: without it nothing goes, or nothing with an id.
  const mayTell = ({ c }: WireBatch) =>
    !kernel.held_ && (c === undefined || !(kernel.flags_ & FLAG.cookieless));
  const lastWord = new LastWord(endpoint_, mayTell);
  const important = new Set<string>();
  const sending = new Set<string>();
  let failures = 0;
  let unanswered = 0;
  let timer = 0;

  const attempt = async (batch: WireBatch): Promise<Outcome> => {
    sending.add(batch.b);
    let status = 0;
    let retryAfter: string | null = null;
    const body = JSON.stringify({ ...batch, t: Date.now() });
    try {
      const answer = await fetch(endpoint_, {
        method: 'POST',
        body,
        keepalive: body.length < KEEPALIVE_MAX / 3,
      });
      ({ status } = answer);
      retryAfter = answer.headers.get('retry-after');
    } catch {
      // No answer: offline, blocked, or too much at once.
    }
    sending.delete(batch.b);
    const outcome = outcomeOf(status);
    unanswered = status === 0 ? unanswered + 1 : 0;
    if (outcome === 'again') {
      failures += 1;
      later(waitMsAfter(failures, retryAfter));
    } else failures = 0;
    return outcome;
  };
  const later = (waitMs: number) => {
    clearTimeout(timer);
    if (unanswered < UNANSWERED_MAX) timer = setTimeout(drain, waitMs) as unknown as number;
  };
  const settle = (batch: WireBatch, outcome: Outcome) => {
    if (outcome === 'again') return;
    const half = batch.e.length >> 1;
    if (outcome !== 'split' || half === 0) return unsent.remove(batch.b);
    unsent.append({ ...batch, b: `${batch.b}1`, e: batch.e.slice(0, half) });
    unsent.append({ ...batch, b: `${batch.b}2`, e: batch.e.slice(half) });
    unsent.remove(batch.b);
  };
  const drainAlone = async () => {
    for (;;) {
      const batch = unsent.read().find((each) => !sending.has(each.b));
      if (batch === undefined || kernel.held_) return;
      const outcome = await attempt({ ...batch, k: (batch.k & ~FLAG.beacon) | FLAG.retry });
      settle(batch, outcome);
      if (outcome === 'again') return;
    }
  };
  const drain = () => {
    if (unsent.read().length > 0) alone(`${name_}-unsent`, drainAlone).catch(() => {});
  };

  const { send_, add_, track } = kernel;
  let isImportant = false;
  kernel.track = (call, at, url) => {
    isImportant = (call[3] as TrackOptions | undefined)?.important === true;
    track(call, at, url);
    isImportant = false;
  };
  kernel.add_ = (event, delayMs) => {
    if (isImportant) important.add(event.i);
    lastWord.noteEvent(event.n);
    add_(event, delayMs);
  };
  kernel.send_ = (batch, isHiding) => {
    lastWord.noteBatch(batch);
    if (delivery_ !== 'strict' && !batch.e.some(({ i }) => important.has(i))) {
      return send_(batch, isHiding);
    }
    unsent.append(batch);
    // A beacon's `true` says nothing: the batch stays until a later page has an answer for it.
    if (isHiding) navigator.sendBeacon(endpoint_, JSON.stringify(batch));
    else void attempt(batch).then((outcome) => settle(batch, outcome));
  };
  addEventListener('online', () => {
    failures = unanswered = 0;
    drain();
  });
  // The core only appends: what is too old or too much goes now.
  unsent.prune();
  // Loaded after a failure of this page: not at once. Left by an earlier page: now.
  const isFresh = unsent.read().some(({ e }) => (e.at(-1)?.t ?? 0) > performance.timeOrigin);
  if (!isFresh) return drain();
  failures = 1;
  later(waitMsAfter(failures, null));
}
