// Puts the built product into a few files in dist/bundle: a thousand small ones take a second to load
// and a fifth of the memory at rest.
import { readFileSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { build } from 'esbuild';

const OUT = 'dist/bundle';
/** What CommonJS code finds in every file, and a bundle of modules has to be given. */
const BANNER = `import { createRequire as bundleRequire } from 'node:module';
import { dirname as bundleDirname } from 'node:path';
import { fileURLToPath as bundlePath } from 'node:url';
const require = bundleRequire(import.meta.url);
const __filename = bundlePath(import.meta.url);
const __dirname = bundleDirname(__filename);`;

/** Our files ask for things beside themselves: in the bundle they still say where they were. */
const placesOfFiles = {
  name: 'places-of-files',
  setup(bundle) {
    bundle.onLoad({ filter: /\/dist\/(apps|libs)\/.*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      // The workers are parts of the bundle, and found in it.
      if (/\/(projector|warm-up)-thread\.js$/.test(path) || !text.includes('import.meta.url'))
        return;
      const place = JSON.stringify(relative(OUT, path));
      const contents = text.replaceAll(
        'import.meta.url',
        `new URL(${place}, import.meta.url).href`,
      );
      return { contents, loader: 'js' };
    });
  },
};

/** Packages that others use if they are there: those that are not stay what they are, a failed import. */
const optionalPackages = {
  name: 'optional-packages',
  setup(bundle) {
    bundle.onResolve(
      { filter: /^[^./#]/ },
      async ({ path, kind, resolveDir, importer, pluginData }) => {
        if (pluginData === 'asked' || kind === 'entry-point') return;
        const found = await bundle.resolve(path, {
          kind,
          resolveDir,
          importer,
          pluginData: 'asked',
        });
        return found.errors.length === 0 ? found : { path, external: true };
      },
    );
  },
};

const inModules = (path) => resolve('node_modules', path);

rmSync(OUT, { recursive: true, force: true });
await build({
  entryPoints: {
    main: 'dist/apps/cli/src/main.js',
    'projector-worker': 'dist/apps/standalone/src/projector-worker.js',
    'warm-up-worker': 'dist/apps/standalone/src/warm-up-worker.js',
  },
  outdir: OUT,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Ships a binary of its own beside its code.
  external: ['lmdb'],
  // Nest imports them late: as modules, so that their names are found.
  alias: {
    'class-transformer': inModules('class-transformer/esm2015/index.js'),
    'class-validator': inModules('class-validator/esm2015/index.js'),
  },
  banner: { js: BANNER },
  plugins: [placesOfFiles, optionalPackages],
  keepNames: true,
  minifyWhitespace: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'error',
});
