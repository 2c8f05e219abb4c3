import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** How long the projector may take to write its last flush. */
const STOP_TIMEOUT_MS = 15_000;

/** The projector's thread as its parent sees it. */
export class ProjectorThread {
  /** Why it cannot go on; `null` while it does. */
  failure: string | null = null;
  private isStopping = false;

  private constructor(private readonly worker: Worker) {}

  /** Resolves when every partition is claimed and loaded. */
  static async start(
    directory: string,
    onFailure: (error: Error) => void,
  ): Promise<ProjectorThread> {
    const worker = new Worker(new URL('./projector-worker.js', import.meta.url), {
      workerData: { directory },
    });
    const thread = new ProjectorThread(worker);
    const fail = (error: Error) => {
      if (thread.isStopping || thread.failure !== null) return;
      thread.failure = error.message;
      onFailure(error);
    };
    const [message] = (await Promise.race([
      once(worker, 'message'),
      once(worker, 'exit').then(() => [{ error: 'the projector stopped at its start' }]),
    ])) as [{ error?: string }];
    if (message.error !== undefined) throw new Error(message.error);
    worker.on('message', ({ error }: { error?: string }) => {
      if (error !== undefined) fail(new Error(error));
    });
    worker.on('error', (error) => fail(error as Error));
    worker.on('exit', (code) => fail(new Error(`the projector stopped with code ${code}`)));
    return thread;
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
}
