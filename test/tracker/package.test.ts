import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from 'esbuild';
import type { Page } from 'playwright-core';
import { ADMIN_TOKEN, RunningProduct } from '../e2e/product.testing.js';
import { launch } from './browser.testing.js';

/** Bytes of the browser's part, minified and after gzip -9. */
const BROWSER_GZIP_MAX = 8000;

let directory: string;
let product: RunningProduct;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hindsight-package-'));
  const npm = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  const file = npm('pack', join(process.cwd(), 'dist/package'), '--silent').trim();
  writeFileSync(join(directory, 'package.json'), '{"name":"application","private":true}');
  npm('install', '--offline', '--no-audit', '--no-fund', `./${file}`);
  product = await RunningProduct.start({ environment: {} });
  await product.createSite('shop', ['www.shop.example']);
});
afterAll(async () => {
  await product.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a program of the application; resolves with what it wrote. */
function run(name: string, text: string): Promise<string> {
  writeFileSync(join(directory, name), text);
  const child = spawn(process.execPath, [name], { cwd: directory });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      output += String(part);
    });
  }
  return new Promise((resolve) => child.once('exit', () => resolve(output)));
}

/** Events and visitors of a site by name of event. */
async function counted(site: string, bots = 'EXCLUDE'): Promise<Record<string, number[]>> {
  await product.settled();
  const { site: found } = await product.data<{
    site: {
      report: {
        rows: { dimensions: { value: string }[]; metrics: { events: number; visitors: number } }[];
      };
    };
  }>(
    `query ($site: ID!, $bots: BotScope) { site(id: $site) { report(range: { preset: TODAY }, dimensions: [EVENT], bots: $bots, first: 100) {
      rows { dimensions { value } metrics { events visitors } } } } }`,
    { site, bots },
  );
  return Object.fromEntries(
    found.report.rows.map(({ dimensions, metrics }) => [
      dimensions[0]?.value,
      [metrics.events, metrics.visitors],
    ]),
  );
}

describe('the package on a server', () => {
  it('sends what is left at the end, from modules and from scripts', async () => {
    const body = (site: string) => `
      const tracker = createTracker({ site: '${site}', host: '${product.url}', onProblem: console.log });
      for (let n = 0; n < 250; n += 1) tracker.track('order', { n }, { visitorId: 'v' + (n % 10), value: 2.5, currency: 'EUR' });
      tracker.shutdown().then((rest) => console.log(JSON.stringify(rest)));`;
    await product.createSite('script', ['www.script.example']);
    const module = `import { createTracker } from '@hindsight/tracker/node';${body('shop')}`;
    const script = `const { createTracker } = require('@hindsight/tracker/node');${body('script')}`;
    expect(await run('server.mjs', module)).toBe('{"unsent":0}\n');
    expect(await run('server.cjs', script)).toBe('{"unsent":0}\n');
    expect(await counted('shop')).toEqual({ order: [250, 10] });
    expect(await counted('script')).toEqual({ order: [250, 10] });
  });

  it('loses nothing and counts nothing twice while the server is killed and comes back', async () => {
    await product.createSite('killed', ['www.killed.example']);
    const program = run(
      'killed.mjs',
      `import { createTracker } from '@hindsight/tracker/node';
      const tracker = createTracker({ site: 'killed', host: '${product.url}', flushMs: 20, onProblem: console.log });
      for (let n = 0; n < 400; n += 1) {
        tracker.track('order', { n }, { visitorId: 'v' + (n % 7) });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      console.log(JSON.stringify(await tracker.shutdown(30000)));`,
    );
    await new Promise((resolve) => setTimeout(resolve, 800));
    const { directory: data } = product;
    const port = new URL(product.url).port;
    await product.end('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 500));
    product = await RunningProduct.start({
      directory: data,
      environment: { HINDSIGHT_PORT: port },
    });
    expect(await program).toBe('{"unsent":0}\n');
    expect(await counted('killed')).toEqual({ order: [400, 7] });
  });

  it('says with a token whose agent it was, and what was long ago', async () => {
    await product.createSite('token', ['www.token.example']);
    const output = await run(
      'token.mjs',
      `import { createTracker } from '@hindsight/tracker/node';
      const tracker = createTracker({ site: 'token', host: '${product.url}', token: '${ADMIN_TOKEN}', onProblem: console.log });
      tracker.track('now', {}, { visitorId: 'v1' });
      tracker.track('robot', {}, { visitorId: 'v2', userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' });
      tracker.track('old', {}, { visitorId: 'v1', at: Date.now() - 20 * 86400000 });
      console.log(JSON.stringify(await tracker.shutdown()));`,
    );
    expect(output).toBe('{"unsent":0}\n');
    expect(await counted('token')).toEqual({ now: [1, 1] });
    expect(await counted('token', 'ONLY')).toEqual({ robot: [1, 1] });
    const { site } = await product.data<{ site: { report: { totals: { events: number } } } }>(
      '{ site(id: "token") { report(range: { preset: LAST_30_DAYS }) { totals { events } } } }',
    );
    expect(site.report.totals.events).toBe(2);
  });

  it('tells in words what the server refused', async () => {
    const output = await run(
      'refused.mjs',
      `import { createTracker } from '@hindsight/tracker/node';
      const tracker = createTracker({ site: 'unknown', host: '${product.url}', onProblem: ({ code, message }) => console.log(code, message) });
      tracker.track('a');
      await tracker.shutdown();`,
    );
    expect(output).toMatch(/^refused .*unknown/);
    const wrong = await run(
      'wrong.mjs',
      `import { createTracker } from '@hindsight/tracker/node';
      try { createTracker({ site: 'a', host: 'hits.example' }); } catch (error) { console.log(error.message); }`,
    );
    expect(wrong).toContain('host must be an address such as https://hits.example');
  });
});

describe('its types', () => {
  const compile = (moduleResolution: string, text: string, ending = 'mts') => {
    const strict = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--skipLibCheck',
      'false',
    ];
    const module = moduleResolution === 'bundler' ? 'esnext' : 'node16';
    const file = join(directory, `types-${moduleResolution}.${ending}`);
    writeFileSync(file, text);
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(
      process.execPath,
      [
        ...[tsc, ...strict, '--target', 'es2022', '--lib', 'es2022,dom'],
        ...['--module', module, '--moduleResolution', moduleResolution, file],
      ],
      { cwd: directory, encoding: 'utf8' },
    );
    return stdout;
  };

  const right = `import { createTracker } from '@hindsight/tracker';
    import { createTracker as createServerTracker } from '@hindsight/tracker/node';
    import { createTracker as createAppTracker, type AppState } from '@hindsight/tracker/react-native';
    import { Client, type Transport } from '@hindsight/tracker/core';
    interface Shop { sign_up: { plan: 'team' | 'solo'; seats?: number }; cart_opened: undefined }
    interface Deep { a: { deep: object } }
    const tracker = createTracker<Shop>({ site: 'shop', host: 'https://hits.example' });
    tracker.track('sign_up', { plan: 'team' });
    tracker.track('sign_up', { plan: 'solo', seats: 2 }, { value: 9.9, currency: 'EUR' });
    tracker.track('cart_opened');
    const any = createServerTracker({ site: 'shop', host: 'https://hits.example' });
    any.track('whatever', { n: 1, yes: true, text: 'x' }, { visitorId: 'v1' });
    any.shutdown(5).then(({ unsent }) => unsent.toFixed());
    export type { AppState, Transport };
    export { Client, createAppTracker };
    interface SignUp { plan: 'team' | 'solo' }
    interface Named { sign_up: SignUp; search: { text?: string } }
    const named = createServerTracker<Named>({ site: 'shop', host: 'https://hits.example' });
    named.track('sign_up', { plan: 'team' });
    named.track('search');`;

  it.each(['bundler', 'node16'])("know a site's own events (%s)", (moduleResolution) => {
    expect(compile(moduleResolution, right)).toBe('');
  });

  it('are there for who requires', () => {
    const text = `import tracker = require('@hindsight/tracker/node');
      const made: tracker.Client = tracker.createTracker({ site: 'a', host: 'https://hits.example' });
      export = made;`;
    expect(compile('node16', text, 'cts')).toBe('');
  });

  it('know what is wrong', () => {
    const wrong = [
      `tracker.track('sign_upp', { plan: 'team' });`,
      `tracker.track('sign_up');`,
      `tracker.track('sign_up', { plan: 'large' });`,
      `tracker.track('cart_opened', { plan: 'team' });`,
      `createTracker<Deep>({ site: 'a', host: 'https://hits.example' });`,
      `createTracker({ host: 'https://hits.example' });`,
    ];
    const first = right.split('\n').length + 1;
    const errors = compile('bundler', [right, ...wrong].join('\n'));
    const lines = [...errors.matchAll(/\((\d+),\d+\): error/g)].map(([, line]) => Number(line));
    expect(lines).toEqual(wrong.map((_, index) => first + index));
  });
});

describe('the package in a page', () => {
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    const file = readFileSync(join(directory, 'node_modules/@hindsight/tracker/browser.js'));
    server = createServer((request, response) => {
      const isModule = request.url === '/browser.js';
      response.setHeader('content-type', isModule ? 'text/javascript' : 'text/html');
      response.end(
        isModule ? file : '<!doctype html><title>start</title><p style="height:3000px">',
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const begin = (page: Page, options: object) =>
    page.evaluate(async (given) => {
      const { createTracker } = await import(`${location.origin}/browser.js`);
      Object.assign(window, { tracker: createTracker(given) });
    }, options);
  const act = (page: Page, code: string) => page.evaluate(`(async () => { ${code} })()`);

  it('counts views, events and attention as the script does', async () => {
    await product.createSite('page', ['127.0.0.1']);
    const browser = await launch(Number(new URL(origin).port));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${origin}/start`);
    await begin(page, { site: 'page', host: product.url });
    await act(
      page,
      `tracker.track('sign_up', { plan: 'team' });
      document.title = 'second';
      history.pushState(null, '', '/second');
      history.replaceState(null, '', '/second#part');
      History.prototype.pushState.call(history, null, '', '/third?q=1');
      scrollTo(0, 2000);
      await new Promise((resolve) => setTimeout(resolve, 1300));
      history.back();`,
    );
    await page.waitForURL(`${origin}/second#part`);
    await act(
      page,
      'await new Promise((resolve) => setTimeout(resolve, 400)); await tracker.flush()',
    );
    const before = await context.cookies();
    await page.close();
    const events = await counted('page', 'ONLY');
    expect(events).toMatchObject({
      page_view: [4, 1],
      sign_up: [1, 1],
      user_engagement: [expect.any(Number), 1],
    });
    expect(before.map(({ name }) => name)).toEqual(['_hindsight']);
    await browser.close();
  });

  it('sends the next time what a page could not', async () => {
    await product.createSite('offline', ['127.0.0.1']);
    const browser = await launch(Number(new URL(origin).port));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${origin}/start`);
    await page.route(`${product.url}/h`, (route) => route.abort());
    await begin(page, { site: 'offline', host: product.url, flushMs: 10 });
    await act(
      page,
      `tracker.track('kept'); await new Promise((resolve) => setTimeout(resolve, 600))`,
    );
    await page.close();
    const next = await context.newPage();
    await next.goto(`${origin}/next`);
    await begin(next, { site: 'offline', host: product.url, flushMs: 10 });
    await act(
      next,
      'await tracker.ready; await new Promise((resolve) => setTimeout(resolve, 400)); await tracker.flush()',
    );
    expect(await counted('offline', 'ONLY')).toMatchObject({ page_view: [2, 1], kept: [1, 1] });
    await browser.close();
  });

  it('stores and sends nothing before consent, and no id without a cookie', async () => {
    await product.createSite('waiting', ['127.0.0.1']);
    const browser = await launch(Number(new URL(origin).port));
    const context = await browser.newContext();
    const page = await context.newPage();
    const bodies: string[] = [];
    page.on('request', (request) => bodies.push(request.postData() ?? ''));
    await page.goto(`${origin}/start`);
    const options = { site: 'waiting', host: product.url, flushMs: 10, denied: 'cookieless' };
    await begin(page, { ...options, consent: 'wait' });
    await act(
      page,
      `tracker.track('early'); await new Promise((resolve) => setTimeout(resolve, 500))`,
    );
    const stored = await page.evaluate(() => [document.cookie, localStorage.length]);
    expect([stored, bodies.filter((body) => body !== '')]).toEqual([['', 0], []]);
    await act(page, `tracker.consent('denied'); await tracker.flush()`);
    const sent = bodies.filter((body) => body !== '').map((body) => JSON.parse(body) as object);
    expect(sent).not.toHaveLength(0);
    for (const batch of sent) expect(batch).not.toHaveProperty('c');
    expect(await page.evaluate(() => [document.cookie, localStorage.length])).toEqual(['', 0]);
    expect(await counted('waiting', 'ONLY')).toMatchObject({ early: [1, 1], page_view: [1, 1] });
    await browser.close();
  });

  it('is small', async () => {
    const text = readFileSync('dist/package/browser.js', 'utf8');
    const { code } = await transform(text, { minify: true, format: 'esm' });
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(BROWSER_GZIP_MAX);
  });
});
