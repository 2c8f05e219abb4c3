import type { EventLog } from '#eventlog';
import type { Health } from '#http';
import { FIRST_GENERATION, lagMetric, lagOf, type ReportStore, reasonsOfLag } from '#readmodel';
import type { IngestDoors } from '../../ingest/src/ingest.module.js';
import type { ProjectorThread } from './projector-thread.js';

interface HealthParts {
  readonly log: EventLog;
  readonly store: ReportStore;
  readonly doors: IngestDoors;
  readonly projector: ProjectorThread;
}

/** What the whole product says of itself. */
export function healthOf({ log, store, doors, projector }: HealthParts): Health {
  const lag = () => lagOf(log, store, FIRST_GENERATION);
  return {
    async reasons() {
      const { failure } = projector;
      const stopped = failure === null ? [] : [`the projector stopped: ${failure}`];
      return [...reasonsOfLag(await lag()), ...stopped];
    },
    metrics: async () => doors.metrics.text() + lagMetric(await lag()),
  };
}
