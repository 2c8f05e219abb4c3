import { Agent, request } from 'node:http';
import { HUMAN_AGENT } from '../e2e/product.testing.js';

const SENDERS = 12;
const EVENTS_PER_BATCH = 5;
const VIEWS_PER_VISITOR = 4;
const RETRY_MS = 50;
/** A request to a process that stands still is given up and sent again, with the same ids. */
const HIT_TIMEOUT_MS = 8000;
const PAUSE_MS = 50;
/** Last part of the first browser's loopback address. */
const FIRST_ADDRESS = 10;
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

/** Creates the site; every process knows it when this resolves. */
export async function createShop(url: string): Promise<void> {
  const query =
    'mutation { createSite(input: { id: "shop", name: "shop", domains: ["shop.example"], timeZone: "UTC" }) { id } }';
  await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
    body: JSON.stringify({ query }),
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** The browser of one visitor: an address and a connection of its own. */
export class Browser {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    number: number,
  ) {
    const localAddress = `127.0.0.${FIRST_ADDRESS + number}`;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress });
  }

  /** Sends a batch; gives the status, or 0 when there was no answer in time. */
  post(batch: object): Promise<number> {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'text/plain', 'user-agent': HUMAN_AGENT };
      const options = { method: 'POST', agent: this.agent, headers, timeout: HIT_TIMEOUT_MS };
      const sent = request(`${this.url}/h`, options);
      sent.on('response', (response) => {
        response
          .resume()
          .on('close', () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(0));
      sent.end(JSON.stringify(batch));
    });
  }

  close(): void {
    this.agent.destroy();
  }
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
    const browser = new Browser(this.url, number);
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
      await this.deliver(browser, { v: 1, s: 'shop', b: `${number}-${turn}`, t, c, k: 1, e });
      this.acknowledged += EVENTS_PER_BATCH;
      if (turn % VIEWS_PER_VISITOR === 0) this.visitors += 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    browser.close();
  }

  /** Sends a batch again and again, until somebody says that it is kept. */
  private async deliver(browser: Browser, batch: object): Promise<void> {
    for (;;) {
      const status = await browser.post(batch);
      if (status === 202) return;
      if (status > 0 && status < 500) this.wrong.push(`a hit was answered ${status}`);
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
