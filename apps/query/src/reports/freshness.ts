import { type EventLog, partitionsOf } from '#eventlog';
import type { Checkpoint, Site } from '#readmodel';

/** A hit gets its time of arrival a moment before it is durable: nothing younger can be promised. */
const IN_FLIGHT_MS = 500;

type Checkpoints = ReadonlyMap<number, Checkpoint>;

/** Names the state of a site's rows: the same text means the same rows. */
export function watermarkOf(site: Site, partitions: number, checkpoints: Checkpoints): string {
  return partitionsOf(site.id, site.fanout, partitions)
    .map((partition) => checkpoints.get(partition)?.offset ?? 0)
    .join();
}

/** The instant before which every event received is in the numbers; `null` when nothing is folded yet. */
export async function freshnessOf(
  site: Site,
  log: EventLog,
  checkpoints: Checkpoints,
  now: number,
): Promise<string | null> {
  let asOf = now - IN_FLIGHT_MS;
  for (const partition of partitionsOf(site.id, site.fanout, log.partitions)) {
    const { offset = 0, receivedAt = 0 } = checkpoints.get(partition) ?? {};
    if (offset >= (await log.head(partition))) continue;
    if (receivedAt === 0) return null;
    asOf = Math.min(asOf, receivedAt);
  }
  return new Date(asOf).toISOString();
}
