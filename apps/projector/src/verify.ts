import { type Definitions, Projection } from '#domain';
import type { EventLog } from '#eventlog';
import { MemoryReportStore, type ReportStore } from '#readmodel';
import { BLOCK_EVENTS, decodeEvent } from './log-blocks.js';

const EVENTS_PER_FLUSH = 131_072;

/** Told how far a fold has come. */
export type OnProgress = (done: number, total: number) => void;

/**
 * Folds a partition of the log afresh, up to an offset, into memory: the proof that rows are nothing
 * but a function of the log.
 */
export async function foldAfresh(
  log: EventLog,
  partition: number,
  to: number,
  definitionsOf: (siteId: string) => Definitions | undefined,
  onProgress: OnProgress,
): Promise<ReportStore> {
  const store = new MemoryReportStore();
  const writer = await store.claim({ generation: 'verify', partition, logId: log.id });
  const projection = new Projection(writer, definitionsOf, 0);
  projection.realtimeFrom = Number.MAX_SAFE_INTEGER;
  let offset = 0;
  let sinceFlush = 0;
  const flush = async () => {
    const checkpoint = { offset, receivedAt: projection.receivedAt };
    await writer.commit({ ...projection.flush(), minutesBefore: 0, checkpoint });
    projection.trim();
    sinceFlush = 0;
  };
  while (offset < to) {
    const block = await log.read(partition, offset, Math.min(BLOCK_EVENTS, to - offset));
    if (block === null) break;
    for (let index = 0; index < block.count; index += 1) {
      projection.fold(decodeEvent(block.bytes, block.startAt(index)));
      offset += 1;
      sinceFlush += 1;
      if (projection.mustFlush) await flush();
    }
    if (sinceFlush >= EVENTS_PER_FLUSH) await flush();
    onProgress(offset, to);
  }
  await flush();
  return store;
}
