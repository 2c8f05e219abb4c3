import { readSettings } from '#settings';
import { startIngest } from '../../../ingest/src/main.js';
import { runProcess } from '../run-process.js';

/** Runs one of the cluster's ingest processes until it is told to stop. */
export async function ingest(): Promise<number> {
  const settings = readSettings(process.env);
  return runProcess(
    () => startIngest(settings),
    ({ url }) => process.stdout.write(`Hindsight ingest listens on ${url}\n`),
  );
}
