// `npm run chaos:cluster -- --faults N`: a cluster under load meets N random faults; checks every number.
import { spawnSync } from 'node:child_process';

const at = process.argv.indexOf('--faults');
const faults = at === -1 ? '15' : process.argv[at + 1];
if (!/^[1-9]\d*$/.test(faults ?? '')) {
  console.error('usage: npm run chaos:cluster -- --faults N');
  process.exit(2);
}
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
const { status } = spawnSync(process.execPath, [...jest, 'test/cluster/chaos'], {
  stdio: 'inherit',
  env: { ...process.env, CHAOS_FAULTS: faults },
});
process.exit(status ?? 1);
