// `npm run chaos -- --kills N`: kills the product N times under load and checks every number.
import { spawnSync } from 'node:child_process';

const at = process.argv.indexOf('--kills');
const kills = at === -1 ? '10' : process.argv[at + 1];
if (!/^[1-9]\d*$/.test(kills ?? '')) {
  console.error('usage: npm run chaos -- --kills N');
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', 'test/chaos'],
  { stdio: 'inherit', env: { ...process.env, CHAOS_KILLS: kills } },
);
process.exit(status ?? 1);
