// Bundles the tracker into one classic script, in which the server writes the settings of each site.
import { mkdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const outfile = 'dist/tracker/core.js';
mkdirSync('dist/tracker', { recursive: true });
await build({
  entryPoints: ['tracker/src/core.ts'],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2021',
  define: { __SETTINGS__: 'globalThis.__HINDSIGHT_SETTINGS_MARK__' },
  outfile,
  legalComments: 'none',
});
const { writeFileSync } = await import('node:fs');
const text = readFileSync(outfile, 'utf8').replace(
  'globalThis.__HINDSIGHT_SETTINGS_MARK__',
  '"__HINDSIGHT_SETTINGS__"',
);
if (!text.includes('"__HINDSIGHT_SETTINGS__"')) throw new Error('the settings marker is missing');
writeFileSync(outfile, text);
console.log(`tracker ${text.length} bytes, ${gzipSync(text, { level: 9 }).length} gzip`);
