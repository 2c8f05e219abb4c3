/** How every fold reads the log: in blocks, decoded for reports, with the definitions of all their sites. */
import { SIGNAL_NAMES } from '#domain';
import type { RecordBlock } from '#eventlog';
import { CodecError, createReportDecoder, type Envelope } from '#events';
import type { Registry } from '#readmodel';

/** Events read at once: a block of a few hundred kilobytes. */
export const BLOCK_EVENTS = 4000;

const decodeEvent = createReportDecoder(
  (bytes, start, end) => Buffer.prototype.utf8Slice.call(bytes, start, end),
  SIGNAL_NAMES,
);

/**
 * An event of a block as far as reports need it, or why it cannot be read. It is good until the next one is read
 * by anybody in this process: whoever waits in between reads it again.
 */
export function readEvent(block: RecordBlock, index: number): Envelope | CodecError {
  try {
    return decodeEvent(block.bytes, block.startAt(index));
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
}

/** A site that was created a moment ago may not be in this process's view yet. */
export async function knowSites(registry: Registry, block: RecordBlock): Promise<void> {
  for (let index = 0; index < block.count; index += 1) {
    if (registry.view().hasKey(block.siteIdAt(index))) continue;
    await registry.refresh();
    return;
  }
}
