// Builds the tracker: the script in two variants, in which the server writes the settings of each site,
// its extensions as modules, and pieces that the server may put before the script.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Script } from 'node:vm';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const OUT = 'dist/tracker';
/** What stands in the built script for the settings of one site. */
const MARKER = '$$';
/** Names that end with `_` are shared by files that are built one by one: each has its short name here. */
const names = JSON.parse(readFileSync('tracker/src/script/names.json', 'utf8'));

async function bundle(entry, define, format) {
  const { outputFiles, mangleCache } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2021',
    write: false,
    mangleProps: /[a-z]_$/,
    mangleCache: names,
    minifySyntax: true,
    legalComments: 'none',
    define,
  });
  const unknown = Object.keys(mangleCache).filter((name) => !(name in names));
  if (unknown.length > 0) throw new Error(`${entry}: names.json has no ${unknown.join(', ')}`);
  const text = outputFiles[0].text;
  const { code } = await minify(text, {
    ecma: 2021,
    toplevel: true,
    module: true,
    compress: { passes: 5, unsafe: true, unsafe_arrows: true, unsafe_methods: true },
    mangle: { toplevel: true },
    format: { ecma: 2021 },
  });
  return format === 'script' ? inBlock(code) : code;
}

/** A classic script's names are the page's, unless a block keeps them and `let` declares them. */
function inBlock(code) {
  const block = `{${code.replace(/\bvar\b/g, 'let').replace(/;$/, '')}}`;
  new Script(block);
  return block;
}

const sizes = {};
function write(file, code) {
  writeFileSync(`${OUT}/${file}`, code);
  sizes[file] = {
    raw: Buffer.byteLength(code),
    gzip: gzipSync(code, { level: 9 }).length,
    br: brotliCompressSync(code).length,
  };
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(`${OUT}/extensions`, { recursive: true });
mkdirSync(`${OUT}/preludes`, { recursive: true });
for (const [variant, isFull] of [
  ['minimal', false],
  ['default', true],
]) {
  const code = await bundle('tracker/src/script/core.ts', { __FULL__: String(isFull) }, 'script');
  if (code.split(MARKER).length !== 2) throw new Error('the settings marker must be there once');
  write(`${variant}.js`, code);
}
const modules = (folder) =>
  readdirSync(`tracker/src/${folder}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => basename(file, '.ts'));
const hash = createHash('sha256');
const extensions = modules('extensions');
for (const name of extensions) {
  const code = await bundle(`tracker/src/extensions/${name}.ts`, {}, 'module');
  hash.update(code);
  write(`extensions/${name}.js`, code);
}
const preludes = modules('preludes');
for (const name of preludes)
  write(`preludes/${name}.js`, await bundle(`tracker/src/preludes/${name}.ts`, {}, 'script'));
writeFileSync(
  `${OUT}/manifest.json`,
  JSON.stringify({
    names,
    extensions,
    preludes,
    hash: hash.digest('hex').slice(0, 12),
    sizes,
  }),
);
for (const [file, { raw, gzip, br }] of Object.entries(sizes))
  console.log(`tracker/${file}: ${raw} bytes, ${gzip} gzip, ${br} brotli`);
