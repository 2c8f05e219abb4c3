import { type Hash64, hash64, type SiteId } from '#events';

/**
 * Partition of an event: (hash(site) + hash(visitor) mod fan-out) mod partitions. An ordinary site has
 * fan-out 1 and one partition, so that its rows have one shard and its rebuild reads one partition.
 */
export function partitionOf(
  siteId: SiteId | string,
  visitor: Hash64,
  fanout: number,
  partitions: number,
): number {
  return (siteNumber(siteId) + (visitor.low % fanout)) % partitions;
}

/** Every partition that may hold events of a site. */
export function partitionsOf(
  siteId: SiteId | string,
  fanout: number,
  partitions: number,
): number[] {
  const all = new Set<number>();
  for (let turn = 0; turn < fanout; turn += 1) all.add((siteNumber(siteId) + turn) % partitions);
  return [...all];
}

const numbers = new Map<string, number>();
/** Sites whose hash is remembered. */
const NUMBERS_MAX = 10_000;

function siteNumber(siteId: string): number {
  const known = numbers.get(siteId);
  if (known !== undefined) return known;
  if (numbers.size >= NUMBERS_MAX) numbers.clear();
  const number = hash64(siteId).low;
  numbers.set(siteId, number);
  return number;
}
