import { type Definitions, Projection } from '#domain';
import type { EventLog } from '#eventlog';
import { CodecError } from '#events';
import type { PartitionTarget, ReportStore } from '#readmodel';
import { BLOCK_EVENTS, readEvent } from './log-blocks.js';

const EVENTS_PER_FLUSH = 131_072;

/** Told how far a fold has come. */
export type OnProgress = (done: number, total: number) => void;

/** What is folded, how far, and where the rows go. */
export interface FoldOrder {
  /** A store of its own, with nothing of the partition in it yet. */
  readonly store: ReportStore;
  readonly target: PartitionTarget;
  /** First offset that is not folded. */
  readonly to: number;
  readonly definitionsOf: (siteKey: string) => Definitions | undefined;
}

/**
 * Folds a partition of the log afresh, up to an offset, into a store of its own: the proof that rows are
 * nothing but a function of the log. Memory is bounded as it is in the projector.
 */
export async function foldAfresh(
  log: EventLog,
  { store, target, to, definitionsOf }: FoldOrder,
  onProgress: OnProgress,
): Promise<void> {
  const writer = await store.claim(target);
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
    const block = await log.read(target.partition, offset, Math.min(BLOCK_EVENTS, to - offset));
    if (block === null) break;
    for (let index = 0; index < block.count; index += 1) {
      // What cannot be read is passed over, as in every fold.
      const event = readEvent(block, index);
      if (!(event instanceof CodecError)) projection.fold(event);
      offset += 1;
      sinceFlush += 1;
      if (projection.mustFlush) await flush();
    }
    if (sinceFlush >= EVENTS_PER_FLUSH) await flush();
    onProgress(offset, to);
  }
  await flush();
}
