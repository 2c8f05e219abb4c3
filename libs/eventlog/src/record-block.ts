import { ByteReader, ByteWriter, type SiteId } from '#events';
import type { NewRecord, RecordBlock } from './event-log.js';

/** A block over records that are in memory one by one. */
export function blockOf(
  partition: number,
  firstOffset: number,
  records: readonly Pick<NewRecord, 'siteId' | 'bytes'>[],
): RecordBlock {
  return decodePayload(partition, firstOffset, encodePayload(records), 0, records.length);
}

/** Bytes of consecutive records: their sites, their sites' numbers and lengths, then all of them. */
export function encodePayload(records: readonly Pick<NewRecord, 'siteId' | 'bytes'>[]): Uint8Array {
  const sites = [...new Set(records.map((record) => record.siteId))];
  const numbers = new Map(sites.map((siteId, number) => [siteId, number]));
  let size = 64 + sites.length * 48;
  for (const record of records) size += record.bytes.length + 8;
  const writer = new ByteWriter(size);
  writer.varint(records.length);
  writer.varint(sites.length);
  for (const siteId of sites) writer.text(siteId);
  for (const record of records) {
    if (sites.length > 1) writer.varint(numbers.get(record.siteId) as number);
    writer.varint(record.bytes.length);
  }
  for (const record of records) writer.raw(record.bytes);
  return writer.view();
}

/**
 * The records of a payload from index `skip` on, `limit` of them at most.
 *
 * @param firstOffset offset of the payload's first record
 */
export function decodePayload(
  partition: number,
  firstOffset: number,
  payload: Uint8Array,
  skip: number,
  limit: number,
): RecordBlock {
  const reader = new ByteReader(payload);
  const total = reader.varint();
  const sites = Array.from({ length: reader.varint() }, () => reader.text() as SiteId);
  const siteNumbers = new Uint32Array(total);
  const starts = new Uint32Array(total + 1);
  for (let index = 0; index < total; index += 1) {
    if (sites.length > 1) siteNumbers[index] = reader.varint();
    starts[index + 1] = (starts[index] as number) + reader.varint();
  }
  const base = reader.at;
  return {
    partition,
    firstOffset: firstOffset + skip,
    count: Math.min(limit, total - skip),
    bytes: payload,
    siteIdAt: (index) => sites[siteNumbers[skip + index] as number] as SiteId,
    startAt: (index) => base + (starts[skip + index] as number),
  };
}
