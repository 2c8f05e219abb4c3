import { readSettings } from '#settings';
import { startStandalone } from '../../../standalone/src/main.js';

/** Runs the product until it is told to stop. */
export async function start(): Promise<number> {
  const settings = readSettings(process.env);
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const running = await startStandalone(settings, fail);
  process.stdout.write(`Hindsight listens on ${running.url}\n`);
  if (running.setupLink !== null) {
    process.stdout.write(
      `Open this link once to become its administrator:\n  ${running.setupLink}\n`,
    );
  }
  const signal = new Promise<null>((resolve) => {
    process.once('SIGINT', () => resolve(null));
    process.once('SIGTERM', () => resolve(null));
  });
  const error = await Promise.race([signal, failed]);
  if (error !== null) process.stderr.write(`hindsight: ${error.message}\n`);
  await running.close();
  return error === null ? 0 : 1;
}
