import { HUMAN_AGENT } from '../e2e/product.testing.js';

const SENDERS = 12;
const EVENTS_PER_BATCH = 5;
const VIEWS_PER_VISITOR = 4;
const RETRY_MS = 50;
/** A request to a process that stands still is given up and sent again, with the same ids. */
const HIT_TIMEOUT_MS = 8000;
const PAUSE_MS = 50;
const WATCH_MS = 200;

const QUERY =
  '{ site(id: "shop") { report(range: { preset: LAST_7_DAYS }) { totals { events visitors } } } }';

export const ADMIN_TOKEN = 'test-administrator-token-0123456789';

/** Asks GraphQL; `null` when there is no answer now. Throws when the answer is an error that is not “not now”. */
export async function askTotals(url: string): Promise<{ events: number; visitors: number } | null> {
  let answer: {
    data: { site: { report: { totals: { events: number; visitors: number } } } | null } | null;
    errors?: readonly { message: string; extensions: { code: string } }[];
  };
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({ query: QUERY }),
      signal: AbortSignal.timeout(HIT_TIMEOUT_MS),
    });
    if (response.status >= 500) return null;
    answer = (await response.json()) as typeof answer;
  } catch {
    return null;
  }
  const error = answer.errors?.[0];
  if (error !== undefined) {
    if (error.extensions.code === 'UNAVAILABLE') return null;
    throw new Error(`a wrong answer: ${JSON.stringify(answer.errors)}`);
  }
  return answer.data?.site?.report.totals ?? null;
}

/** Visitors who send each batch until it is acknowledged, and somebody who looks at the numbers meanwhile. */
export class Load {
  /** Events that were sent at least once. */
  attempted = 0;
  /** Events that were acknowledged. */
  acknowledged = 0;
  visitors = 0;
  /** Batches that had to be sent again. */
  resent = 0;
  /** Answers that were looked at. */
  answers = 0;
  /** What was seen that cannot be. */
  readonly wrong: string[] = [];
  private isOver = false;
  private readonly work: Promise<unknown>;

  constructor(
    private readonly url: string,
    private readonly run: string,
  ) {
    const senders = Array.from({ length: SENDERS }, (_, number) => this.sender(number));
    this.work = Promise.all([...senders, this.watch()]);
  }

  /** Ends when everything that was begun is acknowledged. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.work;
  }

  private async sender(number: number): Promise<void> {
    for (let turn = 0; !this.isOver; turn += 1) {
      const t = Date.now();
      const e = Array.from({ length: EVENTS_PER_BATCH }, (_, index) => ({
        i: `${this.run}-${number}-${turn}-${index}`,
        n: index === 0 ? 'page_view' : 'step',
        t,
        u: `https://shop.example/page-${turn % 20}`,
      }));
      const c = `v-${this.run}-${number}-${Math.floor(turn / VIEWS_PER_VISITOR)}`;
      this.attempted += EVENTS_PER_BATCH;
      await this.deliver({ v: 1, s: 'shop', b: `${number}-${turn}`, t, c, k: 1, e });
      this.acknowledged += EVENTS_PER_BATCH;
      if (turn % VIEWS_PER_VISITOR === 0) this.visitors += 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private async deliver(batch: object): Promise<void> {
    for (;;) {
      try {
        const response = await fetch(`${this.url}/h`, {
          method: 'POST',
          headers: { 'content-type': 'text/plain', 'user-agent': HUMAN_AGENT },
          body: JSON.stringify(batch),
          signal: AbortSignal.timeout(HIT_TIMEOUT_MS),
        });
        if (response.status === 202) return;
        if (response.status < 500) {
          this.wrong.push(`a hit was answered ${response.status}: ${await response.text()}`);
        }
      } catch {
        // The process died or stands still: nobody knows whether it has the batch.
      }
      this.resent += 1;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Numbers never exceed what was sent and never go down. */
  private async watch(): Promise<void> {
    let most = 0;
    while (!this.isOver) {
      await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
      try {
        const totals = await askTotals(this.url);
        if (totals === null) continue;
        this.answers += 1;
        const { events } = totals;
        if (events > this.attempted) this.wrong.push(`${events} events of ${this.attempted} sent`);
        if (events < most) this.wrong.push(`${events} events after ${most}`);
        most = Math.max(most, events);
      } catch (error) {
        this.wrong.push(String(error));
      }
    }
  }
}
