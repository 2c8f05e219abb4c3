import { Projection } from '#domain';
import type { EventLog } from '#eventlog';
import { CodecError } from '#events';
import type { PartitionWriter, Registry } from '#readmodel';
import { BLOCK_EVENTS, knowSites, readEvent } from '../log-blocks.js';

/** State is written after so many events: bounds memory, and what is folded again after a crash. */
const EVENTS_PER_COMMIT = 131_072;

/** Whose state is brought up, and from which events. */
export interface ReplayParts {
  readonly log: EventLog;
  readonly registry: Registry;
  readonly generation: string;
  readonly partition: number;
}

/**
 * Brings the state of a partition that was taken over up to its checkpoint: the events between are folded
 * for the state alone. The rows are complete to the checkpoint already, and are neither read nor written.
 */
export async function replayMuted(
  { log, registry, generation, partition }: ReplayParts,
  writer: PartitionWriter,
): Promise<void> {
  const to = writer.checkpoint.offset;
  let { offset } = writer.statePosition;
  if (offset >= to) return;
  const source = {
    row: () => undefined,
    valueCount: () => 0,
    values: () => [],
    state: (key: string) => writer.state(key),
    stateRange: (prefix: string) => writer.stateRange(prefix),
  };
  const projection = new Projection(
    source,
    (siteId) => registry.view().definitions(siteId, generation),
    writer.statePosition.receivedAt,
  );
  projection.realtimeFrom = Number.MAX_SAFE_INTEGER;
  let deadLetters: (readonly [string, Uint8Array])[] = [];
  let sinceCommit = 0;
  const commit = async () => {
    const { state } = projection.flush();
    const position = { offset, receivedAt: projection.receivedAt };
    await writer.commitState([...state, ...deadLetters], position);
    projection.trim();
    deadLetters = [];
    sinceCommit = 0;
  };
  while (offset < to) {
    const block = await log.read(partition, offset, Math.min(BLOCK_EVENTS, to - offset));
    if (block === null) throw new Error(`partition ${partition} ends before its checkpoint ${to}`);
    await knowSites(registry, block);
    for (let index = 0; index < block.count; index += 1) {
      const event = readEvent(block, index);
      if (event instanceof CodecError) deadLetters.push(deadLetterOf(offset, event));
      else projection.fold(event);
      offset += 1;
      sinceCommit += 1;
      if (projection.mustFlush) await commit();
    }
    if (sinceCommit >= EVENTS_PER_COMMIT) await commit();
  }
  await commit();
}

/** What is kept of an event that cannot be read. */
export function deadLetterOf(offset: number, error: CodecError): readonly [string, Uint8Array] {
  const text = JSON.stringify({ offset, code: error.code, message: error.message });
  return [`dead/${String(offset).padStart(15, '0')}`, Buffer.from(text)];
}
