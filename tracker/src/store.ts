import type { WireBatch } from './wire.js';

const BATCHES_MAX = 200;
const BYTES_MAX = 128_000;
const AGE_MAX_MS = 7 * 86_400_000;
const BACKOFF_MS = 2000;
const BACKOFF_MAX_MS = 300_000;
/** A blocker never lets anything through: stop asking in this document. */
const FAILURES_MAX = 5;

/** Keeps what could not be sent, and sends it again: one browser tab at a time. */
export interface Store {
  keep(batch: WireBatch): void;
  drain(): void;
}

/** @param send resolves to whether the batch was answered for good */
export function createStore(key: string, send: (batch: WireBatch) => Promise<boolean>): Store {
  let failures = 0;
  let timer = 0;

  const read = (): WireBatch[] => {
    try {
      const oldest = Date.now() - AGE_MAX_MS;
      const lines = (localStorage.getItem(key) ?? '').split('\n');
      return lines
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as WireBatch)
        .filter((batch) => (batch.e[0]?.t ?? 0) > oldest);
    } catch {
      return [];
    }
  };
  const write = (batches: WireBatch[]) => {
    let lines = batches.slice(-BATCHES_MAX).map((batch) => JSON.stringify(batch));
    while (lines.join('\n').length > BYTES_MAX) lines = lines.slice(1);
    try {
      if (lines.length === 0) localStorage.removeItem(key);
      else localStorage.setItem(key, lines.join('\n'));
    } catch {
      // A full or forbidden storage: the batch is lost, the page is not.
    }
  };
  const later = () => {
    clearTimeout(timer);
    const wait = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** failures) * (0.5 + Math.random());
    if (failures < FAILURES_MAX) timer = setTimeout(drain, wait) as unknown as number;
  };

  const drainNow = async () => {
    for (let batch = read()[0]; batch !== undefined; batch = read()[0]) {
      if (!(await send(batch))) {
        failures += 1;
        return later();
      }
      failures = 0;
      const done = batch.b;
      write(read().filter((each) => each.b !== done));
    }
  };
  const drain = () => {
    if (read().length === 0) return;
    if (!navigator.locks) return void drainNow();
    void navigator.locks.request(key, { ifAvailable: true }, (lock) =>
      lock ? drainNow() : undefined,
    );
  };
  addEventListener('online', () => {
    failures = 0;
    drain();
  });

  return {
    keep(batch) {
      write([...read(), batch]);
      failures += 1;
      later();
    },
    drain,
  };
}
