import { type EventLog, EventLogError, partitionsOf } from '#eventlog';
import { type Checkpoint, type Site, siteKeyOf } from '#readmodel';

/** A hit gets its time of arrival a moment before it is durable: nothing younger can be promised. */
const IN_FLIGHT_MS = 500;
/** An answer does not wait longer for a log that is away. */
const HEAD_TIMEOUT_MS = 1000;

type Checkpoints = ReadonlyMap<number, Checkpoint>;

let turn = 0;

/**
 * Names the state of a site's rows: the same text means the same rows. While a flush is on its way no
 * state has a name twice: what one process reads now may be more than what another has kept.
 */
export function watermarkOf(site: Site, partitions: number, checkpoints: Checkpoints): string {
  const marks = partitionsOf(siteKeyOf(site), site.fanout, partitions).map((partition) => {
    const { offset = 0, isFlushing = false } = checkpoints.get(partition) ?? {};
    if (!isFlushing) return String(offset);
    turn += 1;
    return `${offset}+${turn}`;
  });
  return marks.join();
}

/** The instant before which every event received is in the numbers; `null` when nothing is folded yet. */
export async function freshnessOf(
  site: Site,
  log: EventLog,
  checkpoints: Checkpoints,
  now: number,
): Promise<string | null> {
  let asOf = now - IN_FLIGHT_MS;
  for (const partition of partitionsOf(siteKeyOf(site), site.fanout, log.partitions)) {
    const { offset = 0, receivedAt = 0 } = checkpoints.get(partition) ?? {};
    if (offset >= (await endOf(log, partition))) continue;
    if (receivedAt === 0) return null;
    asOf = Math.min(asOf, receivedAt);
  }
  return new Date(asOf).toISOString();
}

/** Where the log ends; beyond everything when it is away: then only what was folded is known. */
export async function endOf(log: EventLog, partition: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const away = new Promise<number>((resolve) => {
    timer = setTimeout(resolve, HEAD_TIMEOUT_MS, Number.POSITIVE_INFINITY);
  });
  const head = log.head(partition).catch((error: unknown) => {
    if (error instanceof EventLogError && error.retriable) return Number.POSITIVE_INFINITY;
    throw error;
  });
  try {
    return await Promise.race([head, away]);
  } finally {
    clearTimeout(timer);
  }
}
