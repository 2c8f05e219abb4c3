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
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  const [checkpoints, heads] = await Promise.all([
    store.checkpoints(generation),
    Promise.all(partitions.map((partition) => log.head(partition))),
  ]);
  return heads.reduce(
    (lag, head, partition) => lag + head - (checkpoints.get(partition)?.offset ?? 0),
    0,
  );
}

/** Why a lag is too much, as reasons of `/readyz`; an infinite one is that of a log that is away. */
export function reasonsOfLag(lag: number): string[] {
  if (lag === Number.POSITIVE_INFINITY || lag <= LAG_MAX_EVENTS) return [];
  return [`the numbers are ${lag} events behind the log`];
}

/** A lag in Prometheus' text format. */
export function lagMetric(lag: number): string {
  return `# TYPE hindsight_projector_lag_events gauge
hindsight_projector_lag_events ${lag === Number.POSITIVE_INFINITY ? '+Inf' : lag}
`;
}
