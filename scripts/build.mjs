// Builds everything into dist: the applications and libraries, the tracker, the dashboard.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
mkdirSync('dist/apps/query', { recursive: true });
copyFileSync('apps/query/schema.graphql', 'dist/apps/query/schema.graphql');
run(process.execPath, ['scripts/build-tracker.mjs']);
run(process.execPath, ['scripts/build-package.mjs']);
if (existsSync('scripts/build-dashboard.mjs'))
  run(process.execPath, ['scripts/build-dashboard.mjs']);
run(process.execPath, ['scripts/build-bundle.mjs']);
writeFileSync('dist/.built', new Date().toISOString());
