import { rmSync } from 'node:fs';
import { EmbeddedReportStore } from '../embedded/embedded-report-store.js';
import {
  type Flush,
  type PartitionTarget,
  type PartitionWriter,
  StoreError,
} from '../report-store.js';

/** A flush that changes nothing. */
export const NOTHING: Omit<Flush, 'checkpoint'> = {
  rows: [],
  state: [],
  activity: [],
  deletedSites: [],
  minutesBefore: 0,
};

/**
 * The copy of one partition on local disk: its state, and the rows that were needed so far. State at any
 * offset is right whoever wrote it, being a function of the log; rows are read again from the cluster
 * after a start, since others may have changed them meanwhile.
 */
export class LocalPartition {
  private constructor(
    private readonly directory: string,
    private readonly target: PartitionTarget,
    private store: EmbeddedReportStore,
    private current: PartitionWriter,
  ) {}

  static async open(directory: string, target: PartitionTarget): Promise<LocalPartition> {
    let store = EmbeddedReportStore.open({ directory });
    try {
      store.clearRows();
      return new LocalPartition(directory, target, store, await store.claim(target));
    } catch (error) {
      await store.close();
      if (!(error instanceof StoreError) || error.code !== 'other_log') throw error;
      rmSync(directory, { recursive: true, force: true });
      store = EmbeddedReportStore.open({ directory });
      return new LocalPartition(directory, target, store, await store.claim(target));
    }
  }

  get writer(): PartitionWriter {
    return this.current;
  }

  /** Forgets everything. */
  async reset(): Promise<void> {
    await this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
    this.store = EmbeddedReportStore.open({ directory: this.directory });
    this.current = await this.store.claim(this.target);
  }

  /** Changes something without moving on. */
  async put(change: Partial<Flush>): Promise<void> {
    await this.current.commit({ ...NOTHING, checkpoint: this.current.checkpoint, ...change });
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}
