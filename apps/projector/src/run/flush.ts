import type { Projection } from '#domain';
import { type Flush, type PartitionWriter, StoreError } from '#readmodel';

/** What the runner adds to a flush. */
export interface FlushContext {
  readonly offset: number;
  /** How long a failed attempt waits before the next, ms. */
  readonly retryMs: number;
  readonly deadLetters: readonly (readonly [string, Uint8Array])[];
}

/**
 * Writes everything that changed, as one step of the store. A failure that may pass is tried again
 * with the same contents: nothing is folded in between, so nothing can be counted twice.
 */
export async function flushProjection(
  projection: Projection,
  writer: PartitionWriter,
  context: FlushContext,
): Promise<void> {
  const { rows, state, activity, deletedSites } = projection.flush();
  const flush: Flush = {
    rows,
    state: [...state, ...context.deadLetters],
    activity,
    deletedSites,
    minutesBefore: projection.realtimeFrom,
    checkpoint: { offset: context.offset, receivedAt: projection.receivedAt },
  };
  for (;;) {
    try {
      await writer.commit(flush);
      projection.trim();
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retriable) throw error;
      process.stderr.write(
        `${JSON.stringify({ event: 'flush_failed', message: error.message })}\n`,
      );
      await new Promise((resolve) => setTimeout(resolve, context.retryMs));
    }
  }
}
