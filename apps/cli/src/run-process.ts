/** How long a process may take to end in order; then it ends all the same. */
const STOP_TIMEOUT_MS = 20_000;

/** A process that runs. */
interface RunningProcess {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Runs a process until it is told to stop or cannot go on; resolves with its exit code.
 * @param start gets a function to be called when it cannot go on
 */
export async function runProcess<T extends RunningProcess>(
  start: (onFailure: (error: Error) => void) => Promise<T>,
  announce: (running: T) => void,
): Promise<number> {
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const told = new Promise<null>((resolve) => {
    process.once('SIGINT', () => resolve(null));
    process.once('SIGTERM', () => resolve(null));
  });
  const running = await start(fail);
  announce(running);
  const error = await Promise.race([told, failed]);
  if (error !== null) process.stderr.write(`hindsight: ${error.message}\n`);
  setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
  await running.close();
  return error === null ? 0 : 1;
}
