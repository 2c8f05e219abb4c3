import { rmSync } from 'node:fs';
import { EmbeddedReportStore, FIRST_GENERATION, siteKeyOf } from '#readmodel';
import { readSettings } from '#settings';
import { foldAfresh } from '../../../projector/src/verify.js';
import { type Comparison, countRows, RowComparison } from '../compare-rows.js';
import { makeFoldDirectory } from '../fold-directory.js';
import { Progress } from '../progress.js';
import { openToRead } from '../storage.js';

/** Generation of what is folded afresh, in a store of its own. */
const AFRESH = 'afresh';

type Storage = Awaited<ReturnType<typeof openToRead>>;

/** Folds the log afresh, onto disk, and compares every stored row with it. */
export async function verify(): Promise<number> {
  const settings = readSettings(process.env);
  const storage = await openToRead(settings);
  const directory = makeFoldDirectory(settings.dataDirectory);
  const folded = EmbeddedReportStore.open({ directory, isTemporary: true });
  try {
    return await verifyInto(folded, storage);
  } finally {
    await folded.close();
    await storage.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function verifyInto(folded: EmbeddedReportStore, storage: Storage): Promise<number> {
  const before = await offsetsOf(storage);
  const events = await foldAll(folded, storage, before);
  const result = await compareAll(folded, storage);
  const after = await offsetsOf(storage);
  if ([...after].some(([partition, offset]) => before.get(partition) !== offset)) {
    process.stderr.write('verify: new events were folded meanwhile; stop sending and try again\n');
    return 3;
  }
  for (const line of result.told) process.stdout.write(`  ${line}\n`);
  const { rows, differences } = result;
  const said = differences === 0 ? 'all equal' : `${differences} differ`;
  process.stdout.write(`verify: ${events} events, ${rows} rows, ${said}\n`);
  return differences === 0 ? 0 : 1;
}

async function offsetsOf({ store }: Storage): Promise<Map<number, number>> {
  const checkpoints = await store.checkpoints(FIRST_GENERATION);
  return new Map([...checkpoints].map(([partition, { offset }]) => [partition, offset]));
}

/** Returns how many events there were. */
async function foldAll(
  store: EmbeddedReportStore,
  { log, registry }: Storage,
  offsets: ReadonlyMap<number, number>,
): Promise<number> {
  const definitionsOf = (siteKey: string) => registry.view().definitions(siteKey, FIRST_GENERATION);
  const total = [...offsets.values()].reduce((sum, offset) => sum + offset, 0);
  const progress = new Progress('verify: folding', 'events');
  let done = 0;
  for (const [partition, to] of offsets) {
    const target = { generation: AFRESH, partition, logId: log.id };
    await foldAfresh(log, { store, target, to, definitionsOf }, (now) =>
      progress.show(done + now, total),
    );
    done += to;
  }
  progress.end();
  return total;
}

async function compareAll(
  folded: EmbeddedReportStore,
  { registry, store }: Storage,
): Promise<Comparison> {
  const expected = { store: folded, generation: AFRESH };
  const siteKeys = [...registry.view().sites.values()].map(siteKeyOf);
  const total = await countRows(expected, siteKeys);
  const progress = new Progress('verify: comparing', 'rows');
  const comparison = new RowComparison(expected, { store, generation: FIRST_GENERATION });
  for (const siteKey of siteKeys) {
    await comparison.compareSite(siteKey, (rows) => progress.show(rows, total));
  }
  progress.end();
  return comparison.result;
}
