import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter } from '#events';
import { EventLogError, type NewRecord, type RecordBlock } from '../event-log.js';
import { decodePayload, encodePayload } from '../record-block.js';

const FORMAT = 1;
const PLAIN = 0;
const DEFLATED = 1;
/** How hard, and from how many bytes on, a block is compressed. */
export interface Compression {
  readonly level: number;
  readonly fromBytes: number;
}

/** A small block that hits wait for is left as it is: it is packed later, together with others. */
const HOT: Compression = { level: 1, fromBytes: 64 * 1024 };

/** How many times smaller a block becomes at most, as a rule. */
const USUAL_RATIO = 10;
/** Bytes that are unpacked at once at least. */
const PIECE_MIN = 16 * 1024;

type Record = Pick<NewRecord, 'siteId' | 'bytes'>;

/** Largest offset a key can hold. */
const OFFSET_MAX = 2 ** 48 - 1;

/** Key of a block: partition, then offset, big-endian, so that keys ascend with offsets. */
export function blockKey(partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt16BE(partition, 0);
  key.writeUIntBE(Math.min(offset, OFFSET_MAX), 2, 6);
  return key;
}

/** Bytes of one block on disk: format, checksum, kind, count, and the perhaps compressed payload. */
export function encodeBlock(records: readonly Record[], compression = HOT): Uint8Array {
  const payload = encodePayload(records);
  const isLarge = payload.length >= compression.fromBytes;
  const body = isLarge ? deflateRawSync(payload, { level: compression.level }) : payload;
  const writer = new ByteWriter(body.length + 32);
  writer.byte(FORMAT);
  writer.uint32(crc32(body));
  writer.byte(isLarge ? DEFLATED : PLAIN);
  writer.varint(records.length);
  writer.raw(body);
  return writer.view();
}

/** How many records a block holds, without unpacking it. */
export function countOfBlock(block: Uint8Array): number {
  return new ByteReader(block, 6).varint();
}

/** In one piece, if events compress as usual: each further piece costs a call and a copy. */
function inflated(body: Uint8Array): Uint8Array {
  return inflateRawSync(body, { chunkSize: Math.max(PIECE_MIN, body.length * USUAL_RATIO) });
}

/** The records of a block from `skip` on. Throws code `damaged` when a byte has changed. */
export function decodeBlock(
  block: Uint8Array,
  at: { partition: number; firstOffset: number; skip: number; limit: number },
): RecordBlock {
  const reader = new ByteReader(block);
  const format = reader.byte();
  const checksum = reader.uint32();
  const kind = reader.byte();
  reader.varint();
  const body = block.subarray(reader.at);
  if (format !== FORMAT || crc32(body) !== checksum) {
    throw new EventLogError(
      'damaged',
      `the log is damaged: partition ${at.partition}, block at offset ${at.firstOffset}`,
      false,
    );
  }
  const payload = kind === DEFLATED ? inflated(body) : body;
  return decodePayload(at.partition, at.firstOffset, payload, at.skip, at.limit);
}
