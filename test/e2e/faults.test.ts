import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { batchOf, RunningProduct } from './product.testing.js';

describe('when something is wrong, the product says what', () => {
  it('refuses a data directory that another process uses, and names it', async () => {
    const product = await RunningProduct.start();
    await expect(RunningProduct.start({ directory: product.directory })).rejects.toThrow(
      new RegExp(`in use by process ${product.pid}`),
    );
    await product.stop();
  });

  it('names every setting that is not right, and the nearest to an unknown one', async () => {
    const environment = {
      HINDSIGHT_PORT: 'abc',
      HINDSIGHT_ADMIN_TOKEN: 'short',
      HINDSIGHT_DAT: 'x',
    };
    const start = RunningProduct.start({ environment });
    await expect(start).rejects.toThrow(
      /HINDSIGHT_PORT must be a whole number[\s\S]*at least 32[\s\S]*did you mean HINDSIGHT_DATA/,
    );
  });

  it('goes on after a restart with the same numbers', async () => {
    const product = await RunningProduct.start();
    await product.createSite('shop', ['shop.example']);
    for (let n = 0; n < 20; n += 1) await product.hit(batchOf({ c: `v${n}` }));
    await product.settled();
    const query =
      '{ site(id: "shop") { report(range: { preset: TODAY }, dimensions: [PAGE]) { totals { visitors views sessions } rows { metrics { views } } } } }';
    const before = await product.data(query);
    expect(before).toMatchObject({
      site: { report: { totals: { visitors: 20, views: 20, sessions: 20 } } },
    });
    await product.end();
    const again = await RunningProduct.start({ directory: product.directory });
    expect(await again.data(query)).toEqual(before);
    // While and after a thread packs what is asked first, new hits are counted as ever.
    for (let n = 20; n < 80; n += 1) {
      await again.hit(batchOf({ c: `v${n}` }));
      if (n % 20 === 19) await again.settled();
    }
    await again.settled();
    expect(await again.data(query)).toMatchObject({
      site: { report: { totals: { visitors: 80, views: 80, sessions: 80 } } },
    });
    expect(again.output.join('')).not.toContain('warm_up_ended');
    await again.stop();
  });

  it.each([
    ['log', /the log is damaged: \S+log\/data\.mdb/],
    ['registry', /the registry is damaged: \S+registry\/data\.mdb/],
    ['readmodel', /the read model is damaged: \S+readmodel\/data\.mdb/],
    ['refusals', /the read model is damaged: \S+refusals\/data\.mdb/],
  ])('does not start on a damaged %s, and says which file', async (part, message) => {
    const product = await RunningProduct.start();
    await product.createSite('shop', ['shop.example']);
    await product.hit(batchOf());
    await product.settled();
    await product.end();
    const handle = openSync(join(product.directory, part, 'data.mdb'), 'r+');
    writeSync(handle, Buffer.alloc(16_384, 0xab), 0, 16_384, 0);
    closeSync(handle);
    await expect(RunningProduct.start({ directory: product.directory })).rejects.toThrow(message);
    rmSync(product.directory, { recursive: true, force: true });
  });

  it('refuses hits when the disk is full, keeps what it acknowledged, and goes on with room', async () => {
    const product = await RunningProduct.start({ fileBytesMax: 12 * 1024 * 1024 });
    await product.createSite('shop', ['shop.example']);
    const acknowledged = new Set<string>();
    let refused: Response | null = null;
    for (let n = 0; n < 400 && refused === null; n += 1) {
      const now = Date.now();
      // Random titles, so that what is packed stays large.
      const events = Array.from({ length: 100 }, (_, index) => ({
        i: `${n}-${index}`,
        n: 'page_view',
        t: now,
        u: `https://shop.example/${randomBytes(200).toString('base64url')}`,
      }));
      const response = await product.hit(batchOf({ c: `v${n}`, e: events }));
      if (response.status === 202) for (const { i } of events) acknowledged.add(i);
      else refused = response;
    }
    const answer = {
      status: refused?.status,
      retryAfter: refused?.headers.get('retry-after'),
      body: await refused?.json(),
      // Still there for questions.
      sites: await product.data('{ sites { id } }'),
    };
    await product.end('SIGKILL');
    expect(answer).toMatchObject({
      status: 503,
      retryAfter: expect.stringMatching(/^\d+$/),
      body: {
        error: { code: 'unavailable', message: expect.stringContaining('the disk is full') },
      },
      sites: { sites: [{ id: 'shop' }] },
    });
    const again = await RunningProduct.start({ directory: product.directory });
    expect((await again.hit(batchOf({ c: 'after' }))).status).toBe(202);
    await again.settled();
    const query = '{ site(id: "shop") { report(range: { preset: TODAY }) { totals { events } } } }';
    expect(await again.data(query)).toEqual({
      site: { report: { totals: { events: acknowledged.size + 1 } } },
    });
    await again.stop();
  });

  it('proves an empty log equal to its rows', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hindsight-empty-'));
    const product = await RunningProduct.start({ directory });
    await product.end();
    // What a verification left behind that was killed; no process has a number that large.
    mkdirSync(join(directory, 'verify-99999999'));
    const { code, text } = await RunningProduct.command(directory, 'verify');
    expect(text).toContain('0 events, 0 rows, all equal');
    expect(code).toBe(0);
    expect(readdirSync(directory).filter((name) => name.startsWith('verify'))).toEqual([]);
    rmSync(directory, { recursive: true, force: true });
  });
});
