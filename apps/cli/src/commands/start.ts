import { readSettings } from '#settings';
import { startStandalone } from '../../../standalone/src/main.js';
import { runProcess } from '../run-process.js';

/** Runs the product until it is told to stop. */
export async function start(): Promise<number> {
  const settings = readSettings(process.env);
  return runProcess(
    (onFailure) => startStandalone(settings, onFailure),
    ({ url, setupLink }) => {
      process.stdout.write(`Hindsight listens on ${url}\n`);
      if (setupLink === null) return;
      process.stdout.write(`Open this link once to become its administrator:\n  ${setupLink}\n`);
    },
  );
}
