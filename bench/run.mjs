// `npm run bench`: measures the product beside its limits in one run, and writes bench/results/latest.json.
// BENCH_EVENTS: size of the long history (10,000,000). BENCH_ONLY: some of hits, latency, memory, history; the
// figures of the others stay as they are.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureHistory } from './history.mjs';
import { measureHits } from './hits.mjs';
import { measureLatency, measureMemory } from './live.mjs';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const PARTS = {
  hits: measureHits,
  latency: measureLatency,
  memory: measureMemory,
  history: async (directory, note) => {
    const small = join(directory, 'small');
    mkdirSync(small);
    if (EVENTS > 1_000_000) await measureHistory(small, 1_000_000, note);
    rmSync(small, { recursive: true });
    await measureHistory(directory, EVENTS, note);
  },
};
const wanted = process.env.BENCH_ONLY?.split(',') ?? Object.keys(PARTS);

const measured = {};
const noteOf = (part) => (name, value) => {
  const rounded = typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
  measured[part] = { ...measured[part], [name]: rounded };
  console.log(`${name}: ${rounded}`);
};
for (const part of wanted) {
  const measure = PARTS[part];
  if (measure === undefined) throw new Error(`BENCH_ONLY knows ${Object.keys(PARTS)}, not ${part}`);
  const directory = mkdtempSync(join(tmpdir(), 'hindsight-bench-'));
  try {
    await measure(directory, noteOf(part));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
const FILE = 'bench/results/latest.json';
const before = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')).parts : {};
const at = new Date().toISOString();
const parts = { ...before };
for (const part of wanted) parts[part] = { at, machine, results: measured[part] };
writeFileSync(FILE, `${JSON.stringify({ parts }, null, 2)}\n`);
