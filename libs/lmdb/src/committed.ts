/** LMDB tells the reason of a failed commit by a promise beside the error, if at all. */
const REASON_WAIT_MS = 200;

/**
 * Resolves when a write is committed; rejects with the reason why it was not. Every asynchronous write
 * has to go through here: a reason that nobody listens to would end the process.
 */
export async function committed<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    throw await reasonOf(error);
  }
}

async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = (error ?? {}) as { commitError?: unknown };
  if (!(commitError instanceof Promise)) return error;
  const reason = commitError.then(
    () => error,
    (why: unknown) => why,
  );
  const nothing = new Promise((resolve) => setTimeout(resolve, REASON_WAIT_MS, error));
  return Promise.race([reason, nothing]);
}
