import { type NewRecord, partitionOf } from '#eventlog';
import { encodeEnvelope, type SiteId } from '#events';
import { type Registry, type Site, siteKeyOf } from '#readmodel';
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
  const sites: Site[] = [];
  for (let index = 0; index < wanted.sites; index += 1) {
    sites.push(await demoSite(registry, siteIdOf(index)));
  }
  const siteIds = sites.map(siteKeyOf);
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
  process.stdout.write(
    `seed: ${done} events for ${sites.map(({ id }) => id).join(', ')} over ${wanted.days} days\n`,
  );
  return 0;
}

/** The site of an id, made if there is none. */
async function demoSite(registry: Registry, id: string): Promise<Site> {
  const known = registry.view().sites.get(id);
  if (known !== undefined) return known;
  const domains = [`${id}.example.com`];
  const names = { id, name: `Demo ${id}`, domains };
  return registry.createSite({ ...names, timeZone: 'Europe/Berlin', currency: 'EUR' });
}

function siteIdOf(index: number): string {
  return index === 0 ? 'demo' : `demo-${index + 1}`;
}
