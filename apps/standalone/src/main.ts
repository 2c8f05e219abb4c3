/**
 * **The door**: the whole product in one process. Settings, log, store, ingest, query, listen; the
 * projector folds in a worker thread of its own; everything closes in reverse.
 */
import { EmbeddedEventLog } from '#eventlog';
import { EmbeddedRefusalStore, EmbeddedRegistry, EmbeddedReportStore } from '#readmodel';
import type { Settings } from '#settings';
import { IngestDoors, IngestModule } from '../../ingest/src/ingest.module.js';
import { listen } from '../../query/src/web/listen.js';
import { healthOf } from './health.js';
import { ProjectorThread } from './projector-thread.js';
import { WarmUpThread } from './warm-up-thread.js';

/** A product that runs. */
export interface Running {
  /** Address that it answers on. */
  readonly url: string;
  /** The one-time set-up link, while there is neither an administrator nor a token. */
  readonly setupLink: string | null;
  close(): Promise<void>;
}

/** Starts everything on embedded storage. @param onFailure told when the projector cannot go on */
export async function startStandalone(
  settings: Settings,
  onFailure: (error: Error) => void,
): Promise<Running> {
  const directory = settings.dataDirectory;
  const log = await EmbeddedEventLog.open({ directory, partitions: settings.partitions });
  const registry = await EmbeddedRegistry.open({ directory });
  const store = EmbeddedReportStore.open({ directory });
  const refusals = EmbeddedRefusalStore.open({ directory });
  const projector = new ProjectorThread(directory, onFailure);
  const warmUp = new WarmUpThread(directory, store);
  await warmUp.start();
  const doors = new IngestDoors({ log, registry, refusals, settings });
  const server = await listen({
    ...{ log, registry, store, refusals, settings, packed: warmUp.packed },
    health: healthOf({ log, store, doors, projector }),
    modules: [IngestModule.with(doors)],
    door: (request, response) => doors.handle(request, response),
  });
  await projector.started;
  const setupToken = settings.adminToken === null ? await registry.issueSetupToken() : null;
  const url = settings.publicUrl ?? server.url;
  return {
    url,
    setupLink: setupToken === null ? null : `${url}/setup#${setupToken}`,
    async close() {
      await server.close();
      await warmUp.stop();
      await projector.stop();
      await refusals.close();
      await store.close();
      await registry.close();
      await log.close();
    },
  };
}
