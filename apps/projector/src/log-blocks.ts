/** How every fold reads the log: in blocks, decoded for reports, with the definitions of all their sites. */
import { SIGNAL_NAMES } from '#domain';
import type { RecordBlock } from '#eventlog';
import { createReportDecoder } from '#events';
import type { Registry } from '#readmodel';

/** Events read at once: a block of a few hundred kilobytes. */
export const BLOCK_EVENTS = 4000;

/** Decodes an event as far as reports need it. Throws `CodecError` when it cannot be read. */
export const decodeEvent = createReportDecoder(
  (bytes, start, end) => Buffer.prototype.utf8Slice.call(bytes, start, end),
  SIGNAL_NAMES,
);

/** A site that was created a moment ago may not be in this process's view yet. */
export async function knowSites(registry: Registry, block: RecordBlock): Promise<void> {
  for (let index = 0; index < block.count; index += 1) {
    if (registry.view().hasKey(block.siteIdAt(index))) continue;
    await registry.refresh();
    return;
  }
}
