import type { ReportStore } from './report-store.js';

/** How far the numbers may be behind the log before a process says that it is not ready. */
const LAG_MAX_EVENTS = 1_000_000;

/** The log's ends, as far as a lag needs them. */
export interface LogEnds {
  readonly partitions: number;
  head(partition: number): Promise<number>;
}

/** Events that are in the log and not yet in the numbers of a generation. */
export async function lagOf(log: LogEnds, store: ReportStore, generation: string): Promise<number> {
  const checkpoints = await store.checkpoints(generation);
  let lag = 0;
  for (let partition = 0; partition < log.partitions; partition += 1) {
    lag += (await log.head(partition)) - (checkpoints.get(partition)?.offset ?? 0);
  }
  return lag;
}

/** Why a lag is too much, as reasons of `/readyz`. */
export function reasonsOfLag(lag: number): string[] {
  return lag > LAG_MAX_EVENTS ? [`the numbers are ${lag} events behind the log`] : [];
}

/** A lag in Prometheus' text format. */
export function lagMetric(lag: number): string {
  return `# TYPE hindsight_projector_lag_events gauge
hindsight_projector_lag_events ${lag}
`;
}
