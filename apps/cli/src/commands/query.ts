import { readSettings } from '#settings';
import { startQuery } from '../../../query/src/main.js';
import { runProcess } from '../run-process.js';

/** Runs one of the cluster's query processes until it is told to stop. */
export async function query(): Promise<number> {
  const settings = readSettings(process.env);
  return runProcess(
    () => startQuery(settings),
    ({ url }) => process.stdout.write(`Hindsight query listens on ${url}\n`),
  );
}
