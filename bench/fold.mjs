// `node bench/fold.mjs DIRECTORY`: folds the log in a data directory afresh, all reports on, in this process, and says
// what an event costs in processor time, which tells more than the clock on a machine that others use as well.
// The rows are written beside the data and removed again; `--keep DIR` keeps them there, to be verified.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PartitionRunner } from '../dist/apps/projector/src/run/partition-runner.js';
import { EmbeddedEventLog } from '../dist/libs/eventlog/src/index.js';
import {
  EmbeddedRegistry,
  EmbeddedReportStore,
  FIRST_GENERATION,
} from '../dist/libs/readmodel/src/index.js';

const [source, option, kept] = process.argv.slice(2);
if (source === undefined) throw new Error('which data directory? node bench/fold.mjs DIRECTORY');
const target = option === '--keep' ? kept : mkdtempSync(join(tmpdir(), 'hindsight-fold-'));
mkdirSync(target, { recursive: true });
if (existsSync(join(source, 'registry'))) {
  cpSync(join(source, 'registry'), join(target, 'registry'), { recursive: true });
}

const memory = (name) =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]) /
  1024;

const log = await EmbeddedEventLog.open({ directory: source, readOnly: true });
const registry = await EmbeddedRegistry.open({ directory: target });
const store = EmbeddedReportStore.open({ directory: target });
const parts = { log, registry, store, generation: FIRST_GENERATION, now: Date.now };
const runners = [];
for (let partition = 0; partition < log.partitions; partition += 1) {
  runners.push(await PartitionRunner.start({ ...parts, partition }));
}

const before = process.cpuUsage();
const startedAt = performance.now();
let most = 0;
let shownAt = startedAt;
const folded = () => runners.reduce((sum, runner) => sum + runner.foldedEvents, 0);
const seconds = () => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
for (let isBusy = true; isBusy; ) {
  isBusy = false;
  for (const runner of runners) if ((await runner.step()) === 0) isBusy = true;
  most = Math.max(most, memory('RssAnon'));
  if (performance.now() - shownAt < 1000) continue;
  shownAt = performance.now();
  const rate = folded() / seconds();
  process.stderr.write(`\r${folded()} events, ${Math.round(rate)} per second of processor time   `);
}
for (const runner of runners) await runner.flush();
const events = folded();
const total = seconds();
process.stderr.write('\n');
console.log(
  JSON.stringify({
    events,
    cpuMicrosecondsPerEvent: Math.round((total / events) * 1e8) / 100,
    eventsPerCpuSecond: Math.round(events / total),
    wallSeconds: Math.round((performance.now() - startedAt) / 10) / 100,
    mostOwnMemoryMb: Math.round(most),
  }),
);
await store.close();
await registry.close();
await log.close();
if (option !== '--keep') rmSync(target, { recursive: true, force: true });
