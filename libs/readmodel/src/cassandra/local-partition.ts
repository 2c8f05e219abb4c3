import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedReportStore } from '../embedded/embedded-report-store.js';
import {
  type Flush,
  type PartitionTarget,
  type PartitionWriter,
  StoreError,
} from '../report-store.js';
import { LocalRows } from './local-rows.js';

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
 * offset is right whoever wrote it, being a function of the log.
 */
export class LocalPartition {
  private constructor(
    private readonly directory: string,
    private readonly target: PartitionTarget,
    private store: EmbeddedReportStore,
    private current: PartitionWriter,
    private currentRows: LocalRows,
  ) {}

  static async open(directory: string, target: PartitionTarget): Promise<LocalPartition> {
    let store = EmbeddedReportStore.open({ directory });
    let writer: PartitionWriter;
    try {
      writer = await store.claim(target);
    } catch (error) {
      await store.close();
      if (!(error instanceof StoreError) || error.code !== 'other_log') throw error;
      rmSync(directory, { recursive: true, force: true });
      store = EmbeddedReportStore.open({ directory });
      writer = await store.claim(target);
    }
    return new LocalPartition(directory, target, store, writer, openRows(directory));
  }

  /** Keeps state and checkpoint; the rows of a partition lie elsewhere. */
  get writer(): PartitionWriter {
    return this.current;
  }

  get rows(): LocalRows {
    return this.currentRows;
  }

  /** Forgets everything. */
  async reset(): Promise<void> {
    await this.close();
    rmSync(this.directory, { recursive: true, force: true });
    this.store = EmbeddedReportStore.open({ directory: this.directory });
    this.current = await this.store.claim(this.target);
    this.currentRows = openRows(this.directory);
  }

  /** Changes something without moving on. */
  async put(change: Partial<Flush>): Promise<void> {
    await this.current.commit({ ...NOTHING, checkpoint: this.current.checkpoint, ...change });
  }

  async close(): Promise<void> {
    await this.currentRows.close();
    await this.store.close();
  }
}

function openRows(directory: string): LocalRows {
  return LocalRows.open(join(directory, 'rows'));
}
