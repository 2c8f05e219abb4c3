import { canonicalRow, REPORTS, type Report, TRAFFIC_CLASSES } from '#domain';
import { FIRST_GENERATION, type ReportStore, siteKeyOf } from '#readmodel';
import { readSettings } from '#settings';
import { foldAfresh } from '../../../projector/src/verify.js';
import { Progress } from '../progress.js';
import { openToRead } from '../storage.js';

const BUCKET_MIN = -(2 ** 40);
const BUCKET_MAX = 2 ** 40;
/** Differences that are shown; the count is of all. */
const SHOWN_MAX = 10;

/** Folds the log afresh and compares every stored row with it, byte by byte. */
export async function verify(): Promise<number> {
  const storage = await openToRead(readSettings(process.env));
  const { log, registry, store } = storage;
  const checkpoints = await store.checkpoints(FIRST_GENERATION);
  const definitionsOf = (siteId: string) => registry.view().definitions(siteId, FIRST_GENERATION);
  const progress = new Progress('verify', 'events');
  let done = 0;
  const total = [...checkpoints.values()].reduce((sum, { offset }) => sum + offset, 0);
  const result = { rows: 0, differences: [] as string[] };
  const folds = new Map<number, ReportStore>();
  for (const [partition, { offset }] of checkpoints) {
    const folded = await foldAfresh(log, partition, offset, definitionsOf, (now) =>
      progress.show(done + now, total),
    );
    done += offset;
    folds.set(partition, folded);
  }
  progress.end();
  for (const site of registry.view().sites.values()) {
    await compareSite(siteKeyOf(site), store, [...folds.values()], result);
  }
  const after = await store.checkpoints(FIRST_GENERATION);
  const moved = [...after].some(
    ([number, { offset }]) => checkpoints.get(number)?.offset !== offset,
  );
  await storage.close();
  if (moved) {
    process.stderr.write('verify: new events were folded meanwhile; stop sending and try again\n');
    return 3;
  }
  for (const line of result.differences.slice(0, SHOWN_MAX)) process.stdout.write(`  ${line}\n`);
  const count = result.differences.length;
  process.stdout.write(
    `verify: ${total} events, ${result.rows} rows, ${count === 0 ? 'all equal' : `${count} differ`}\n`,
  );
  return count === 0 ? 0 : 1;
}

/** Compares every row of one site; minutes are for realtime only and are not kept. */
async function compareSite(
  siteId: string,
  store: ReportStore,
  folds: readonly ReportStore[],
  result: { rows: number; differences: string[] },
): Promise<void> {
  for (const report of REPORTS) {
    for (const kind of report.buckets.filter((each) => each !== 'minute')) {
      for (const trafficClass of TRAFFIC_CLASSES) {
        const query = {
          siteId,
          report: report.name,
          kind,
          trafficClass,
          from: BUCKET_MIN,
          to: BUCKET_MAX,
        };
        const stored = await rowsOf([store], report, { ...query, generation: FIRST_GENERATION });
        const folded = await rowsOf(folds, report, { ...query, generation: 'verify' });
        for (const key of new Set([...stored.keys(), ...folded.keys()])) {
          result.rows += 1;
          if (stored.get(key) === folded.get(key)) continue;
          const what = stored.has(key)
            ? folded.has(key)
              ? 'differs'
              : 'is too much'
            : 'is missing';
          result.differences.push(
            `${siteId} ${report.name} ${kind} ${trafficClass} ${key} ${what}`,
          );
        }
      }
    }
  }
}

/** Rows by bucket and value; those of several partitions of one key stand together. */
async function rowsOf(
  stores: readonly ReportStore[],
  report: Report,
  query: Parameters<ReportStore['scan']>[0],
): Promise<Map<string, string>> {
  const rows = new Map<string, string[]>();
  for (const store of stores) {
    await store.scan(query, (bucket, value, row) => {
      const key = `${bucket} ${value}`;
      const text = Buffer.from(canonicalRow(row, report)).toString('base64');
      const list = rows.get(key);
      if (list === undefined) rows.set(key, [text]);
      else list.push(text);
    });
  }
  return new Map([...rows].map(([key, list]) => [key, list.sort().join()]));
}
