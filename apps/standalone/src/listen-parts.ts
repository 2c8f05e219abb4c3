import type { IngestDoors } from '../../ingest/src/ingest.module.js';
import type { QueryParts } from '../../query/src/query.module.js';
import type { ProjectorThread } from './projector-thread.js';

/** What answers requests. */
export interface ListenParts extends QueryParts {
  readonly doors: IngestDoors;
  readonly projector: ProjectorThread;
}
