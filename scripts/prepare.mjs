// Installs and builds what is missing or out of date, so that one command is enough on a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['apps', 'libs', 'tracker', 'scripts'];

function modifiedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newestUnder(path) {
  let newest = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestUnder(inner) : modifiedAt(inner));
  }
  return newest;
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

/** Leaves node_modules and dist up to date. */
export function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`Hindsight needs Node 20.19 or newer; this is ${process.version}.\n`);
    process.exit(1);
  }
  const installed = modifiedAt(join(root, 'node_modules/.package-lock.json'));
  if (installed < modifiedAt(join(root, 'package-lock.json'))) {
    process.stderr.write('Installing …\n');
    run('npm', ['ci', '--no-audit', '--no-fund']);
  }
  const built = modifiedAt(join(root, 'dist/.built'));
  const newest = Math.max(...SOURCES.map((folder) => newestUnder(join(root, folder))));
  if (built < Math.max(newest, modifiedAt(join(root, 'package-lock.json')))) {
    process.stderr.write('Building …\n');
    run(process.execPath, ['scripts/build.mjs']);
  }
}
