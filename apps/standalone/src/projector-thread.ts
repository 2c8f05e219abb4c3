import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** How long the projector may take to write its last flush. */
const STOP_TIMEOUT_MS = 15_000;

/** The projector's thread as its parent sees it. */
export class ProjectorThread {
  /** Why it cannot go on; `null` while it does. */
  failure: string | null = null;
  /** Resolves when every partition is claimed and loaded. */
  readonly started: Promise<void>;
  private isStopping = false;
  private readonly worker: Worker;

  /** Starts the thread at once; it loads while its parent does other things. */
  constructor(
    directory: string,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.worker = new Worker(new URL('./projector-worker.js', import.meta.url), {
      workerData: { directory },
    });
    this.started = new Promise((resolve, reject) => {
      this.worker.on('message', ({ error }: { error?: string }) => {
        if (error === undefined) return resolve();
        this.fail(new Error(error));
        reject(new Error(error));
      });
      this.worker.on('error', (error) => {
        this.fail(error as Error);
        reject(error);
      });
      this.worker.on('exit', (code) => {
        const error = new Error(`the projector stopped with code ${code}`);
        this.fail(error);
        reject(error);
      });
    });
  }

  /** Has it flush everything and end. */
  async stop(): Promise<void> {
    this.isStopping = true;
    if (this.failure !== null) return;
    this.worker.postMessage('stop');
    const timer = setTimeout(() => void this.worker.terminate(), STOP_TIMEOUT_MS);
    await once(this.worker, 'exit');
    clearTimeout(timer);
  }

  private fail(error: Error): void {
    if (this.isStopping || this.failure !== null) return;
    this.failure = error.message;
    this.onFailure(error);
  }
}
