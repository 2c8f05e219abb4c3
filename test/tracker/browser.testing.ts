import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, firefox, type Page } from 'playwright-core';

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FIREFOX = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';
/** Browsers whose behaviour is tested. */
export type Engine = 'chromium' | 'firefox';
/** Hosts whose pages may use what needs a secure context, as over HTTPS. */
const SECURE_HOSTS = ['www.shop.example', 'shop.example', 'app.shop.example', 'www.other.example'];

const flags = (port: number) => [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-popup-blocking',
  '--host-resolver-rules=MAP *.example 127.0.0.1',
  `--unsafely-treat-insecure-origin-as-secure=${SECURE_HOSTS.map((host) => `http://${host}:${port}`).join(',')}`,
];

/** The ordinary way: pages think that they are seen and have the focus. */
export function launch(port: number, engine: Engine = 'chromium'): Promise<Browser> {
  if (engine === 'firefox') return launchFirefox();
  return chromium.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: flags(port),
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
}

/** Debian's Firefox as it is, over WebDriver BiDi. */
async function launchFirefox(): Promise<Browser> {
  if (!existsSync(FIREFOX))
    throw new Error(`There is no ${FIREFOX}: apt-get install firefox-esr, or name one in FIREFOX.`);
  return firefox.launch({
    channel: 'moz-firefox',
    executablePath: FIREFOX,
    headless: true,
    firefoxUserPrefs: {
      'network.dns.forceResolve': '127.0.0.1',
      'dom.securecontext.allowlist': SECURE_HOSTS.join(','),
    },
  });
}

/** A browser of our own, in which a tab behind another is really hidden. */
export class RealBrowser {
  private constructor(
    readonly context: BrowserContext,
    private readonly browser: Browser,
    private readonly process: ChildProcess,
    readonly profile: string,
  ) {}

  /** @param profile of a browser that was killed: its disk is this one's */
  static async start(port: number, profile = newProfile()): Promise<RealBrowser> {
    const flags = ['--remote-debugging-port=0'];
    const { process, endpoint } = await spawnChromium(port, flags, profile);
    const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
    const [context] = browser.contexts();
    return new RealBrowser(context as BrowserContext, browser, process, profile);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await endProcess(this.process, this.profile);
  }

  /** Ends it at once, as a crash does; what is on its disk stays. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
    await this.browser.close().catch(() => {});
    // Else the next one takes the profile for in use.
    rmSync(join(this.profile, 'SingletonLock'), { force: true });
  }
}

/** Opens an address in a browser that nobody drives: only there pages are prerendered. Returns how to end it. */
export async function openAlone(port: number, url: string): Promise<() => Promise<void>> {
  const profile = mkdtempSync(join(tmpdir(), 'hindsight-alone-'));
  const process = spawn(
    EXECUTABLE,
    ['--headless=new', ...flags(port), `--user-data-dir=${profile}`, url],
    { stdio: 'ignore' },
  );
  return () => endProcess(process, profile);
}

function newProfile(): string {
  return mkdtempSync(join(tmpdir(), 'hindsight-browser-'));
}

async function spawnChromium(
  port: number,
  more: string[],
  profile: string,
): Promise<{ process: ChildProcess; endpoint: string }> {
  const process = spawn(
    EXECUTABLE,
    ['--headless=new', ...flags(port), ...more, `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let text = '';
  const endpoint = await new Promise<string>((resolve, reject) => {
    process.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    process.once('exit', () => reject(new Error(`Chromium did not start:\n${text}`)));
  });
  return { process, endpoint };
}

async function endProcess(child: ChildProcess, profile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(timer);
  }
  // Its children write a moment longer.
  await rm(profile, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
}

/** Calls a method of the tracker in the page. */
export function call(page: Page, ...args: unknown[]): Promise<void> {
  return page.evaluate((given) => {
    (window as unknown as { hindsight: (...args: unknown[]) => void }).hindsight(...given);
  }, args);
}
