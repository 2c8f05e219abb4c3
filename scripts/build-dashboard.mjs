// Bundles the dashboard's page.
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const outdir = 'dist/apps/dashboard';
mkdirSync(outdir, { recursive: true });
await build({
  entryPoints: ['apps/dashboard/src/main.tsx'],
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outdir,
  legalComments: 'none',
});
for (const name of readdirSync('apps/dashboard/public')) {
  copyFileSync(`apps/dashboard/public/${name}`, `${outdir}/${name}`);
}
copyFileSync('node_modules/uplot/dist/uPlot.min.css', `${outdir}/uplot.css`);
const size = gzipSync(readFileSync(`${outdir}/main.js`), { level: 9 }).length;
console.log(`dashboard ${size} bytes gzip`);
