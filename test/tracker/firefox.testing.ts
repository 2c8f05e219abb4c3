import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const EXECUTABLE = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';
const HOSTS = [
  'www.shop.example',
  'app.shop.example',
  'stats.collector.example',
  'www.elsewhere.example',
];
const START_MS = 40_000;

/** Settings of the profile: the hosts of the tests are this machine, and nothing else is asked for. */
const PREFERENCES: Record<string, unknown> = {
  'network.dns.localDomains': HOSTS.join(','),
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.aboutwelcome.enabled': false,
  'app.update.disabledForTesting': true,
  'fission.bfcacheInParent': true,
  'remote.active-protocols': 1,
};

type Json = Record<string, unknown>;
interface Reply extends Json {
  readonly id?: number;
  readonly result?: Json;
  readonly error?: string;
  readonly message?: string;
}

/** Firefox, driven by WebDriver BiDi: just the commands that the tests need. */
export class Firefox {
  private next = 0;
  private readonly waiting = new Map<number, (reply: Reply) => void>();

  private constructor(
    private readonly socket: WebSocket,
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    socket.on('message', (data) => {
      const reply = JSON.parse(String(data)) as Reply;
      if (reply.id !== undefined) this.waiting.get(reply.id)?.(reply);
    });
  }

  static async start(): Promise<Firefox> {
    if (!existsSync(EXECUTABLE)) {
      throw new Error(`no Firefox at ${EXECUTABLE}: install firefox-esr, or say where by FIREFOX`);
    }
    const profile = mkdtempSync(join(tmpdir(), 'hindsight-firefox-'));
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    writeFileSync(join(profile, 'user.js'), lines.join('\n'));
    const flags = [
      '--headless',
      '--no-remote',
      '--remote-debugging-port',
      '0',
      '--profile',
      profile,
    ];
    const process = spawn(EXECUTABLE, [...flags, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...globalThis.process.env, MOZ_DISABLE_CONTENT_SANDBOX: '1', HOME: profile },
    });
    const url = await addressOf(process);
    const socket = new WebSocket(`${url}/session`);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const firefox = new Firefox(socket, process, profile);
    await firefox.send('session.new', { capabilities: {} });
    return firefox;
  }

  async send(method: string, params: Json): Promise<Json> {
    this.next += 1;
    const id = this.next;
    const reply = await new Promise<Reply>((resolve) => {
      this.waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
    this.waiting.delete(id);
    if (reply.error !== undefined) throw new Error(`${method}: ${reply.error}: ${reply.message}`);
    return reply.result ?? {};
  }

  /** A person of their own: no cookie or storage of anybody else. */
  async person(): Promise<Person> {
    const { userContext } = await this.send('browser.createUserContext', {});
    return new Person(this, userContext as string);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    await this.send('browser.close', {}).catch(() => {});
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    this.socket.terminate();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

export class Person {
  constructor(
    private readonly firefox: Firefox,
    private readonly userContext: string,
  ) {}

  async tab(): Promise<Tab> {
    const { context } = await this.firefox.send('browsingContext.create', {
      type: 'tab',
      userContext: this.userContext,
    });
    return new Tab(this.firefox, context as string);
  }

  async cookies(): Promise<
    { name: string; value: string; domain: string; sameSite: string; expiry: number }[]
  > {
    const partition = { type: 'storageKey', userContext: this.userContext };
    const { cookies } = await this.firefox.send('storage.getCookies', { partition });
    return (cookies as { name: string; value: { value: string } }[]).map((cookie) => ({
      ...(cookie as unknown as { name: string; domain: string; sameSite: string; expiry: number }),
      value: cookie.value.value,
    }));
  }

  /** A cookie that is there before the first page. */
  async bring(name: string, value: string, domain: string): Promise<void> {
    await this.firefox.send('storage.setCookie', {
      cookie: { name, value: { type: 'string', value }, domain, path: '/' },
      partition: { type: 'storageKey', userContext: this.userContext },
    });
  }

  async leave(): Promise<void> {
    await this.firefox.send('browser.removeUserContext', { userContext: this.userContext });
  }
}

export class Tab {
  constructor(
    private readonly firefox: Firefox,
    private readonly context: string,
  ) {}

  async goto(url: string): Promise<void> {
    await this.firefox.send('browsingContext.navigate', {
      context: this.context,
      url,
      wait: 'complete',
    });
  }

  /** Runs an expression in the page; a promise is awaited. Gives what JSON can hold. */
  async evaluate<T>(expression: string): Promise<T> {
    const found = await this.firefox.send('script.evaluate', {
      expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
      target: { context: this.context },
      awaitPromise: true,
    });
    const { result, exceptionDetails } = found as {
      result?: { value: string };
      exceptionDetails?: { text: string };
    };
    if (result === undefined) throw new Error(exceptionDetails?.text ?? 'nothing came back');
    return JSON.parse(result.value) as T;
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const end = Date.now() + 15_000;
    while (!(await this.evaluate<boolean>(`!!(${expression})`).catch(() => false))) {
      if (Date.now() > end) throw new Error(`never true: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Calls the tracker. */
  async call(...args: unknown[]): Promise<void> {
    await this.until('window.hindsight && !window.hindsight.q');
    await this.evaluate(`hindsight(...${JSON.stringify(args)})`);
  }

  async reload(): Promise<void> {
    await this.firefox.send('browsingContext.reload', { context: this.context, wait: 'complete' });
  }

  async front(): Promise<void> {
    await this.firefox.send('browsingContext.activate', { context: this.context });
  }

  async close(): Promise<void> {
    await this.firefox.send('browsingContext.close', { context: this.context });
  }
}

function addressOf(process: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      process.kill('SIGKILL');
      reject(new Error(`Firefox did not start:\n${text}`));
    }, START_MS);
    process.stderr?.on('data', (part: Buffer) => {
      text += part.toString();
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(text)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    process.once('exit', () => reject(new Error(`Firefox ended:\n${text}`)));
  });
}
