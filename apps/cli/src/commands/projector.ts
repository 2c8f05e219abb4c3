import { readSettings } from '#settings';
import { startProjector } from '../../../projector/src/main.js';
import { runProcess } from '../run-process.js';

/** Runs one of the cluster's projectors until it is told to stop. */
export async function projector(): Promise<number> {
  const settings = readSettings(process.env);
  return runProcess(
    (onFailure) => startProjector(settings, onFailure),
    ({ url }) => process.stdout.write(`Hindsight projector listens on ${url}\n`),
  );
}
