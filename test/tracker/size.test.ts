import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';

/** Bytes after gzip -9, without the settings of a site, that a file may have. */
const GATES: readonly (readonly [file: string, gzip: number])[] = [
  // Plausible's smallest script is 1,239 bytes and has no cookie, session, ids, batches or retry.
  ['minimal.js', 1235],
  ['default.js', 1400],
  ['extensions/addresses.js', 1000],
  ['extensions/api.js', 2300],
  ['extensions/bridge.js', 500],
  ['extensions/click.js', 1150],
  ['extensions/debug.js', 250],
  ['extensions/ecommerce.js', 700],
  ['extensions/errors.js', 400],
  ['extensions/gtag.js', 700],
  ['extensions/hash.js', 200],
  ['extensions/history.js', 300],
  ['extensions/media.js', 600],
  ['extensions/retry.js', 1850],
  ['extensions/vitals.js', 3500],
  ['extensions/xdomain.js', 600],
  ['preludes/arrive.js', 550],
  ['preludes/exclude.js', 200],
];
const STUB_MAX = 160;
const read = (file: string) => readFileSync(`dist/tracker/${file}`);

describe('the size of the tracker', () => {
  it.each(GATES)('%s has at most %i bytes', (file, most) => {
    expect(gzipSync(read(file), { level: 9 }).length).toBeLessThanOrEqual(most);
    expect(brotliCompressSync(read(file)).length).toBeLessThan(most);
  });

  it('has a gate for each file', () => {
    const { sizes } = JSON.parse(read('manifest.json').toString()) as { sizes: object };
    expect(Object.keys(sizes).sort()).toEqual(GATES.map(([file]) => file).sort());
  });

  it('of the snippet’s stub is small, and the one in the README is the one that is tested', () => {
    const readme = readFileSync('tracker/README.md', 'utf8');
    const stub = /<script>(window\.hindsight.*?)<\/script>/.exec(readme)?.[1] ?? '';
    expect(stub.length).toBeGreaterThan(50);
    expect(stub.length).toBeLessThanOrEqual(STUB_MAX);
    expect(readFileSync('test/tracker/visit.testing.ts', 'utf8')).toContain(stub);
  });
});
