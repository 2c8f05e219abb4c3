import { type DefinitionsOf, Projection, SIGNAL_NAMES } from '#domain';
import type { EventLog } from '#eventlog';
import { CodecError, createReportDecoder } from '#events';
import type { PartitionWriter } from '#readmodel';

const BLOCK_EVENTS = 4000;
const EVENTS_PER_COMMIT = 131_072;

const decode = createReportDecoder(
  (bytes, start, end) => Buffer.prototype.utf8Slice.call(bytes, start, end),
  SIGNAL_NAMES,
);

/**
 * Brings the state of a partition that was taken over up to its checkpoint: the events between are folded
 * for the state alone. The rows are complete to the checkpoint already, and are neither read nor written.
 */
export async function replayMuted(
  log: EventLog,
  partition: number,
  writer: PartitionWriter,
  definitionsOf: DefinitionsOf,
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
  const projection = new Projection(source, definitionsOf, writer.statePosition.receivedAt);
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
    for (let index = 0; index < block.count; index += 1) {
      try {
        projection.fold(decode(block.bytes, block.startAt(index)));
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        deadLetters.push(deadLetterOf(offset, error));
      }
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
