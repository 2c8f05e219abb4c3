import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reissuedCookie } from '../../apps/ingest/src/collect/reissue-cookie.js';
import { assemble } from '../../apps/ingest/src/script/assemble.js';
import { BuiltTracker } from '../../apps/ingest/src/script/built-tracker.js';
import { Compressed } from '../../apps/ingest/src/script/compressed.js';
import { cookieDomainOf, isSameSite } from '../../apps/ingest/src/script/cookie-domain.js';
import { PinnedScript } from '../../apps/ingest/src/script/pinned.js';
import { readTrackerSettings } from '../../apps/ingest/src/script/tracker-settings.js';
import { RunningProduct } from '../e2e/product.testing.js';

const built = new BuiltTracker(pathToFileURL(`${process.cwd()}/dist/tracker/`));
const site = { id: 'shop', domains: ['www.shop.co.uk'] };

describe('the script of a site', () => {
  it.each([
    ['plain', {}],
    ['minimal', { variant: 'minimal' as const, extensions: ['click', 'errors'] }],
    [
      'with everything',
      {
        name: 'stats',
        extensions: ['click'],
        mode: 'session',
        consent: 'wait' as const,
        gpc: 'ignore',
        dnt: 'off',
        denied: 'cookieless',
        delivery: 'strict' as const,
        downloads: ['blend'],
        crossDomain: ['shop.example'],
      },
    ],
  ])('%s is a script that can be read', (_, settings) => {
    const text = assemble(built, site, settings, 'h');
    expect(() => new Script(text)).not.toThrow();
    expect(text).not.toContain('$$');
  });

  it('keeps a site id that looks like code a text', () => {
    const text = assemble(built, { id: `a"};alert(1);//'`, domains: [] }, {}, 'h');
    expect(() => new Script(text)).not.toThrow();
    expect(text).toContain(JSON.stringify(`a"};alert(1);//'`));
  });

  it('takes the domain of the cookie from the public suffix list', () => {
    expect(assemble(built, site, {}, 'h')).toContain('shop\\.co\\.uk');
    const of = (host: string) => cookieDomainOf(host);
    expect(of('a.b.shop.co.uk:8080')).toBe('shop.co.uk');
    expect(of('me.github.io')).toBe('me.github.io');
    expect(of('x.me.github.io')).toBe('me.github.io');
    for (const host of ['github.io', 'co.uk', 'localhost', '127.0.0.1', '[::1]'])
      expect(of(host)).toBeNull();
    expect(isSameSite('www.shop.example', 'stats.shop.example:8080')).toBe(true);
    expect(isSameSite('one.github.io', 'two.github.io')).toBe(false);
    expect(isSameSite('127.0.0.1:80', '127.0.0.1:81')).toBe(true);
  });

  it('is the default variant where a mode needs it', () => {
    const minimal = assemble(built, site, { variant: 'minimal' }, 'h');
    const needs = assemble(built, site, { variant: 'minimal', consent: 'wait' }, 'h');
    expect(needs.length).toBeGreaterThan(minimal.length + 200);
  });
});

describe('the tag of a pinned script', () => {
  const pinned = new PinnedScript(built, 'h');

  it('says everything that the site’s script has in it', () => {
    const settings = { gpc: 'ignore', delivery: 'strict' as const, downloads: ['a"b'] };
    const tag = pinned.tagOf(site, settings, 'https://stats.example');
    expect(tag).toBe(
      `<script async src="https://stats.example/h/${pinned.hash}/pinned.js" integrity="${pinned.integrity}" crossorigin="anonymous" data-site="shop" data-host="shop.co.uk" data-ext="retry" data-mode="cookie" data-gpc="" data-dl="strict" data-downloads="a&quot;b"></script>`,
    );
  });

  it('is refused where a setting is more than an attribute', () => {
    expect(pinned.tagOf(site, { crossDomain: ['a.example'], selfExclude: 'ignore' }, '')).toEqual([
      'crossDomain',
      'selfExclude',
    ]);
  });
});

describe('the settings of the tracker', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hindsight-tracker-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const read = (text: string) => {
    const path = join(directory, 'tracker.json');
    writeFileSync(path, text);
    return readTrackerSettings(path, ['click', 'errors']);
  };

  it('are those of the site, else those of every site', () => {
    const of = read('{"*":{"extensions":["click"]},"shop":{"mode":"cookieless"}}');
    expect(of('shop')).toEqual({ mode: 'cookieless' });
    expect(of('other')).toEqual({ extensions: ['click'] });
    expect(readTrackerSettings(null, [])('any')).toEqual({});
  });

  it.each([
    ['{', /cannot be read/],
    ['{"*":7}', /“\*”: must be an object/],
    ['{"*":{"color":"red"}}', /color is none of variant, name/],
    ['{"*":{"mode":"secret"}}', /mode must be cookie or session or cookieless or off/],
    ['{"*":{"name":"no-dash"}}', /name must be a name of letters/],
    ['{"*":{"extensions":["clik"]}}', /there is no extension clik: click, errors/],
    ['{"*":{"crossDomain":"one.example"}}', /crossDomain must be a list/],
  ])('%s says what is wrong', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('a cookie that the server re-issues', () => {
  const value = 'visitor_1.1790000000.1790000000.1790000100.2';
  const request = (headers: Record<string, string>) => ({ headers }) as never;
  const of = (headers: Record<string, string>, domains = ['shop.example']) =>
    reissuedCookie(
      request({ cookie: `a=b; _hindsight=1.${value}; c=d`, ...headers }),
      '_hindsight=1.',
      domains,
    );

  it('is the visitor’s own, for the whole domain, for pages of the same site', () => {
    expect(of({ host: 'stats.shop.example', origin: 'https://www.shop.example' })).toBe(
      `_hindsight=1.${value}; Path=/; Max-Age=34560000; SameSite=Lax; Secure; Domain=shop.example`,
    );
  });

  it('is this host’s alone where the site is not of the domain', () => {
    expect(of({ host: 'one.example:8080', origin: 'http://one.example:8080' })).toBe(
      `_hindsight=1.${value}; Path=/; Max-Age=34560000; SameSite=Lax`,
    );
  });

  it.each([
    ['a page of another site', { host: 'stats.shop.example', origin: 'https://evil.example' }],
    [
      'a sibling whose cookie is not shared',
      { host: 'a.other.example', origin: 'https://b.other.example' },
    ],
    ['no cookie of ours', { host: 'shop.example', cookie: 'x=1' }],
    ['a value that is no such thing', { host: 'shop.example', cookie: '_hindsight=1.<script>' }],
    [
      'a value that is too long',
      { host: 'shop.example', cookie: `_hindsight=1.${'x'.repeat(200)}.1.1.1.1` },
    ],
  ])('is none for %s', (_, headers) => {
    expect(of(headers)).toBeNull();
  });
});

describe('files', () => {
  it('are compressed once and known by their tag', async () => {
    const file = new Compressed('const a = 1;'.repeat(100));
    const server = createServer((request, response) => file.send(request, response, 'no-cache'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const ask = (headers: Record<string, string>) => fetch(url, { headers });
    const plain = await ask({ 'accept-encoding': 'identity' });
    const text = await plain.text();
    expect((await ask({ 'accept-encoding': 'br' })).headers.get('content-encoding')).toBe('br');
    expect((await ask({ 'accept-encoding': 'gzip' })).headers.get('content-encoding')).toBe('gzip');
    expect(text).toHaveLength(1200);
    const again = await ask({ 'if-none-match': plain.headers.get('etag') as string });
    expect(again.status).toBe(304);
    server.close();
    expect([brotliDecompressSync, gunzipSync].length).toBe(2);
  });
});

describe('the product', () => {
  let product: RunningProduct;
  beforeAll(async () => {
    product = await RunningProduct.start();
    await product.createSite('shop', ['shop.example']);
  });
  afterAll(() => product.stop());

  it('serves the script for an hour, and its extensions for ever by their hash', async () => {
    const script = await fetch(`${product.url}/h/shop.js`);
    expect(script.headers.get('cache-control')).toBe(
      'public, max-age=3600, stale-while-revalidate=86400',
    );
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const text = await script.text();
    const base = /\$1(\/h\/[0-9a-f]{12}\/)/.exec(text)?.[1] as string;
    const extension = await fetch(`${product.url}${base}retry.js`);
    expect(extension.status).toBe(200);
    expect(extension.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(extension.headers.get('access-control-allow-origin')).toBe('*');
    const old = await fetch(`${product.url}/h/0123456789ab/retry.js`);
    expect([old.status, old.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    for (const path of ['none.js', `${base.slice(3)}none.js`, `${base.slice(3)}..%2fminimal.js`])
      expect((await fetch(`${product.url}/h/${path}`)).status).toBe(404);
  });

  it('names the tags of a site, one with a hash that its script has for ever', async () => {
    const tags = await fetch(`${product.url}/h/shop.txt`);
    expect(tags.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const text = await tags.text();
    expect(text).toContain(`/h/shop.js"></script>`);
    const [, source, algorithm, expected] =
      /src="([^"]+pinned\.js)" integrity="(sha384)-([^"]+)"/.exec(text) ?? [];
    expect(text).toContain('data-site="shop" data-host="shop.example"');
    const script = await fetch(new URL(source as string, product.url));
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('access-control-allow-origin')).toBe('*');
    const bytes = Buffer.from(await script.arrayBuffer());
    expect(
      createHash(algorithm as string)
        .update(bytes)
        .digest('base64'),
    ).toBe(expected);
    const old = await fetch(`${product.url}/h/0123456789ab/pinned.js`);
    expect([old.status, await old.text()]).toEqual([404, expect.stringContaining('copy the tag')]);
    expect((await fetch(`${product.url}/h/none.txt`)).status).toBe(404);
  });

  it('re-issues the cookie with its answer to a hit', async () => {
    const value = 'visitor_1.1790000000.1790000000.1790000100.2';
    const now = Date.now();
    const answer = await fetch(`${product.url}/h`, {
      method: 'POST',
      headers: { cookie: `_hindsight=1.${value}`, 'user-agent': 'Mozilla/5.0' },
      body: JSON.stringify({
        v: 1,
        s: 'shop',
        b: 'b',
        t: now,
        k: 1,
        c: 'visitor_1',
        e: [{ i: 'i', n: 'page_view', t: now }],
      }),
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('set-cookie')).toContain(
      `_hindsight=1.${value}; Path=/; Max-Age=34560000`,
    );
  });
});
