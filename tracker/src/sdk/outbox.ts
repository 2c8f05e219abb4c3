import type { Clock, Sender, Storage } from './adapters.js';
import type { SdkEvent } from './event-map.js';

/** An event that waits, with what its batch says about the visitor. */
export interface Entry extends Sender {
  readonly m?: string | undefined;
  /** Bits of `k`. */
  readonly k: number;
  /** When it was put here, ms since 1970. */
  readonly at: number;
  readonly e: SdkEvent;
}

export interface OutboxLimits {
  readonly events: number;
  /** UTF-16 units of all of it as JSON. */
  readonly length: number;
  readonly ageMs: number;
}

const KEY = 'hindsight-unsent';
/** What happens within so short a time is written at once: a storage may be slow. */
const WRITE_DELAY_MS = 100;

/**
 * Events that the collector has not acknowledged, oldest first, bounded. They lie in the storage as well; what
 * another process or tab has put there is kept, since events are added and removed one by one.
 */
export class Outbox {
  private entries: Entry[] = [];
  private length = 0;
  /** Since the last write. */
  private added: Entry[] = [];
  private removed = new Set<string>();
  private writing: Promise<void> = Promise.resolve();
  private stopTimer: (() => void) | null = null;

  constructor(
    private readonly storage: Storage | null,
    private readonly clock: Clock,
    private readonly limits: OutboxLimits,
    /** Told about events that had to go because there was no room. */
    private readonly onDropped: (entries: readonly Entry[]) => void,
  ) {}

  get size(): number {
    return this.entries.length;
  }

  /** Takes up what an earlier process left, in front of what this one has. */
  async load(): Promise<void> {
    const known = new Set(this.entries.map(({ e }) => e.i));
    const left = (await this.read()).filter(({ e }) => !known.has(e.i));
    this.entries = [...left, ...this.entries];
    this.length = this.entries.reduce((sum, entry) => sum + lengthOf(entry), 0);
    this.trim();
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.length += lengthOf(entry);
    this.added.push(entry);
    this.trim();
    this.writeSoon();
  }

  /** The oldest events that can go in one batch: of one visitor, in order. */
  next(eventsMax: number, lengthMax: number): Entry[] {
    const [first] = this.entries;
    if (first === undefined) return [];
    const batch: Entry[] = [];
    let length = 0;
    for (const entry of this.entries) {
      length += lengthOf(entry);
      const isFull = batch.length === eventsMax || length > lengthMax;
      if (batch.length > 0 && (isFull || !isSameSender(first, entry))) break;
      batch.push(entry);
    }
    return batch;
  }

  remove(entries: readonly Entry[]): void {
    const ids = new Set(entries.map(({ e }) => e.i));
    for (const id of ids) this.removed.add(id);
    this.entries = this.entries.filter(({ e }) => !ids.has(e.i));
    this.added = this.added.filter(({ e }) => !ids.has(e.i));
    this.length = this.entries.reduce((sum, entry) => sum + lengthOf(entry), 0);
    this.writeSoon();
  }

  clear(): void {
    this.remove(this.entries);
  }

  /** Resolves when the storage holds what is here now. */
  write(): Promise<void> {
    this.stopTimer?.();
    this.stopTimer = null;
    this.writing = this.writing.then(() => this.writeNow());
    return this.writing;
  }

  private writeSoon(): void {
    if (this.storage === null) return;
    this.stopTimer ??= this.clock.after(WRITE_DELAY_MS, () => void this.write());
  }

  private async writeNow(): Promise<void> {
    const { storage, added, removed } = this;
    if (storage === null || (added.length === 0 && removed.size === 0)) return;
    this.added = [];
    this.removed = new Set();
    try {
      const kept = (await this.read()).filter(({ e }) => !removed.has(e.i));
      const all = this.bounded([...kept, ...added]);
      if (all.length === 0) await storage.remove(KEY);
      else await storage.set(KEY, JSON.stringify(all));
    } catch {
      // A full or forbidden storage: memory has it, as long as the process lives.
    }
  }

  private async read(): Promise<Entry[]> {
    try {
      const all = JSON.parse((await this.storage?.get(KEY)) ?? '[]') as Entry[];
      const oldest = this.clock.now() - this.limits.ageMs;
      return all.filter((entry) => typeof entry?.e?.i === 'string' && entry.at > oldest);
    } catch {
      return [];
    }
  }

  private bounded(entries: readonly Entry[]): Entry[] {
    const some = entries.slice(-this.limits.events);
    let length = some.reduce((sum, entry) => sum + lengthOf(entry), 0);
    let from = 0;
    for (; length > this.limits.length; from += 1) length -= lengthOf(some[from] as Entry);
    return some.slice(from);
  }

  private trim(): void {
    const { events, length } = this.limits;
    if (this.entries.length <= events && this.length <= length) return;
    const kept = this.bounded(this.entries);
    const dropped = this.entries.slice(0, this.entries.length - kept.length);
    this.remove(dropped);
    this.onDropped(dropped);
  }
}

function isSameSender(a: Entry, b: Entry): boolean {
  return (
    a.c === b.c && a.m === b.m && a.k === b.k && a.n?.[0] === b.n?.[0] && a.n?.[1] === b.n?.[1]
  );
}

function lengthOf(entry: Entry): number {
  return JSON.stringify(entry).length;
}
