/**
 * Reads something again and again and gives what differs from the time before; the first at once.
 * A subscription's source: it stops reading as soon as whoever listens is gone.
 */
export function changesOf<T>(read: () => Promise<T>, intervalMs: number): AsyncIterableIterator<T> {
  let isOver = false;
  let last = '';
  let stopWaiting = () => {};
  const wait = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, intervalMs);
      stopWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const end = (): IteratorResult<T> => ({ done: true, value: undefined });
  return {
    async next() {
      while (!isOver) {
        if (last !== '') await wait();
        if (isOver) break;
        const value = await read();
        const text = JSON.stringify(value);
        if (text === last) continue;
        last = text;
        return { done: false, value };
      }
      return end();
    },
    async return() {
      isOver = true;
      stopWaiting();
      return end();
    },
    async throw(error) {
      isOver = true;
      stopWaiting();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
