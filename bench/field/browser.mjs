// A browser of our own, in which a tab behind another is really hidden.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** The agent of a person: trackers leave out a headless one. */
const AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** Pages are not told that somebody drives it: some trackers are silent then. */
const HUMAN = '--disable-blink-features=AutomationControlled';

/** Nothing of its own is on the way. */
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), 'hindsight-field-'));
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    ...QUIET,
    HUMAN,
  ];
  const child = spawn(
    process.env.CHROMIUM ?? '/usr/bin/chromium',
    [
      ...flags,
      `--user-agent=${AGENT}`,
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let text = '';
  const endpoint = await new Promise((resolve, reject) => {
    child.stderr.on('data', (part) => {
      text += part;
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(`Chromium did not start:\n${text}`)));
  });
  const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
  return {
    context: browser.contexts()[0],
    async close() {
      await browser.close();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
    },
  };
}
