// Builds the npm package @hindsight/tracker into dist/package, ready for `npm pack`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const OUT = 'dist/package';
const ENTRIES = ['browser', 'node', 'react-native', 'core'];

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
for (const [format, ending] of [
  ['esm', '.js'],
  ['cjs', '.cjs'],
]) {
  await build({
    entryPoints: ENTRIES.map((name) => `tracker/src/sdk/${name}.ts`),
    bundle: true,
    format,
    target: 'es2021',
    outdir: OUT,
    outExtension: { '.js': ending },
    legalComments: 'none',
    minifySyntax: true,
  });
}
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tracker/tsconfig.package.json'];
const { status } = spawnSync(process.execPath, tsc, { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
// The same declarations for whoever requires: what they are of is said by the nearest package.json.
cpSync(`${OUT}/types`, `${OUT}/types-cjs`, { recursive: true });
writeFileSync(`${OUT}/types-cjs/package.json`, '{ "type": "commonjs" }\n');
for (const file of ['package.json', 'README.md']) {
  copyFileSync(`tracker/package/${file}`, `${OUT}/${file}`);
}
const { outputFiles } = await build({
  entryPoints: [`${OUT}/browser.js`],
  minify: true,
  write: false,
});
const minified = outputFiles[0].contents;
console.log(
  `tracker/package: browser ${readFileSync(`${OUT}/browser.js`).length} bytes, ` +
    `minified ${gzipSync(minified, { level: 9 }).length} gzip`,
);
