// `npm run bench:tracker`: one visit, walked by ours and by every tracker of the field whose script is in a package; what each
// step sent, side by side, with sizes and the time that their scripts take. Writes bench/results/tracker.json.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { startBrowser } from './field/browser.mjs';
import { ours, rivals } from './field/trackers.mjs';
import { FieldServer, isRight, STEPS, walk } from './field/walk.mjs';

const LOADS = 7;
/** As a phone of the middle class. */
const THROTTLE = 4;

if (!existsSync('bench/field/node_modules')) {
  const { status } = spawnSync(
    'npm',
    ['ci', '--prefix', 'bench/field', '--no-audit', '--no-fund'],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}

/** Milliseconds of script on a slow processor until a second after the load. */
async function scriptTime(context, server, tracker) {
  server.serve(tracker);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  await session.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE });
  await page.goto(`http://127.0.0.1:${server.port}/start`);
  await page.waitForTimeout(1000);
  const { metrics } = await session.send('Performance.getMetrics');
  await page.close();
  return metrics.find(({ name }) => name === 'ScriptDuration').value * 1000;
}

/** That of every tracker in turn, so that all see the same noise: the middle of what it takes beyond a bare page. */
async function scriptTimes(context, server, trackers) {
  const times = trackers.map(() => []);
  for (let load = 0; load < LOADS; load += 1) {
    const bare = await scriptTime(context, server, null);
    for (const [index, tracker] of trackers.entries()) {
      times[index].push((await scriptTime(context, server, tracker)) - bare);
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)[LOADS >> 1]);
}

const server = await FieldServer.start();
const { context, close } = await startBrowser();
const trackers = [await ours(), ...(await rivals())];
const results = [];
try {
  const scriptMs = await scriptTimes(context, server, trackers);
  for (const [index, tracker] of trackers.entries()) {
    process.stderr.write(`${index + 1}/${trackers.length} ${tracker.name} …\n`);
    const cells = await walk(context, server, tracker);
    results.push({
      name: tracker.name,
      version: tracker.version,
      gzip: gzipSync(tracker.script, { level: 9 }).length,
      brotli: brotliCompressSync(tracker.script).length,
      scriptMs: Math.round(scriptMs[index] * 10) / 10,
      steps: Object.fromEntries(STEPS.map(({ name }, step) => [name, cells[step].join(' ')])),
      right: STEPS.filter(({ right }, step) => isRight(cells[step], right)).length,
    });
  }
} finally {
  await close();
  await server.close();
}

const cell = (result, { name, right }) => {
  const sent = result.steps[name].split(' ').filter((kind) => kind !== '');
  const short = sent.map((kind) => ({ view: 'v', attention: 'a', other: 'o' })[kind]).join('');
  return `${short || '–'}${isRight(sent, right) ? '' : ' ✗'}`;
};
const rows = [
  ['', ...results.map(({ name }) => name)],
  ...STEPS.map((step) => [step.name, ...results.map((result) => cell(result, step))]),
  ['right', ...results.map(({ right }) => `${right} of ${STEPS.length}`)],
  ['bytes, gzip −9', ...results.map(({ gzip }) => gzip.toLocaleString('en'))],
  [`ms of script, ${THROTTLE}× slower`, ...results.map(({ scriptMs }) => String(scriptMs))],
];
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
for (const row of rows) console.log(row.map((text, n) => text.padEnd(widths[n])).join('  '));
console.log(
  'v = view, a = attention (engagement, ping), o = other; ✗ = missed, or counted though it is none',
);

const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
const file = { at: new Date().toISOString(), machine, throttle: THROTTLE, results };
writeFileSync('bench/results/tracker.json', `${JSON.stringify(file, null, 2)}\n`);
