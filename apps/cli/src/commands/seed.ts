import { type NewRecord, partitionOf } from '#eventlog';
import { encodeEnvelope, type SiteId } from '#events';
import { readSettings } from '#settings';
import { Progress } from '../progress.js';
import { readNumbers } from '../read-numbers.js';
import { realisticEvents } from '../realistic-events.js';
import { openToWrite } from '../storage.js';

/** Events handed to the log at once. */
const BATCH_EVENTS = 4000;
const DEFAULTS = { events: 100_000, days: 30, sites: 1, seed: 1 };

/** Fills the log with realistic traffic: demo data and the input of benchmarks at once. */
export async function seed(args: readonly string[]): Promise<number> {
  const wanted = readNumbers(args, DEFAULTS);
  const storage = await openToWrite(readSettings(process.env));
  const { log, registry } = storage;
  const siteIds = Array.from({ length: wanted.sites }, (_, index) => siteIdOf(index));
  for (const id of siteIds) {
    if (registry.view().sites.has(id)) continue;
    const domains = [`${id}.example.com`];
    await registry.createSite({
      id,
      name: `Demo ${id}`,
      domains,
      timeZone: 'Europe/Berlin',
      currency: 'EUR',
    });
  }
  const progress = new Progress('seed', 'events');
  let records: NewRecord[] = [];
  let done = 0;
  let appended: Promise<void> = Promise.resolve();
  const now = Date.now();
  for (const event of realisticEvents({ ...wanted, siteIds, until: now })) {
    const visitor = { high: event.visitorHashHigh, low: event.visitorHashLow };
    records.push({
      partition: partitionOf(event.siteId, visitor, 1, log.partitions),
      siteId: event.siteId as SiteId,
      bytes: encodeEnvelope(event),
    });
    if (records.length < BATCH_EVENTS) continue;
    await appended;
    appended = log.append(records);
    done += records.length;
    records = [];
    progress.show(done, wanted.events);
  }
  await appended;
  await log.append(records);
  done += records.length;
  progress.end();
  await storage.close();
  process.stdout.write(`seed: ${done} events for ${siteIds.join(', ')} over ${wanted.days} days\n`);
  return 0;
}

function siteIdOf(index: number): string {
  return index === 0 ? 'demo' : `demo-${index + 1}`;
}
