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

interface Waiting {
  readonly entry: Entry;
  readonly length: number;
}

/** What happens within so short a time is written at once: a storage may be slow. */
const WRITE_DELAY_MS = 100;

/**
 * Events of a site that the collector has not acknowledged, oldest first, bounded. They lie in the storage as well;
 * what another process or tab has put there is kept, since events are added and removed one by one.
 */
export class Outbox {
  private waiting: Waiting[] = [];
  private length = 0;
  /** Since the last write that succeeded. */
  private added: Waiting[] = [];
  private removed = new Set<string>();
  private writing: Promise<void> = Promise.resolve();
  private stopTimer: (() => void) | null = null;
  private readonly key: string;

  constructor(
    site: string,
    private readonly storage: Storage | null,
    private readonly clock: Clock,
    private readonly limits: OutboxLimits,
    /** Told about events that had to go because there was no room. */
    private readonly onDropped: (entries: readonly Entry[]) => void,
  ) {
    this.key = `hindsight-unsent-${site}`;
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Takes up what an earlier process left, in front of what this one has. */
  async load(): Promise<void> {
    const known = new Set(this.waiting.map(({ entry }) => entry.e.i));
    const left = (await this.read()).filter(({ entry }) => !known.has(entry.e.i));
    this.waiting = [...left, ...this.waiting];
    this.length += lengthOfAll(left);
    this.trim();
  }

  /** @param isStored whether the storage may have it: not without consent */
  add(entry: Entry, isStored: boolean): void {
    const waiting = { entry, length: JSON.stringify(entry).length };
    this.waiting.push(waiting);
    this.length += waiting.length;
    if (isStored) this.added.push(waiting);
    this.trim();
    if (isStored) this.writeSoon();
  }

  /** The oldest events that go in one request; one at least, if there is one. */
  next(eventsMax: number, lengthMax: number): Entry[] {
    const some: Entry[] = [];
    let length = 0;
    for (const each of this.waiting) {
      length += each.length;
      if (some.length > 0 && (some.length === eventsMax || length > lengthMax)) break;
      some.push(each.entry);
    }
    return some;
  }

  remove(entries: readonly Entry[]): void {
    const ids = new Set(entries.map(({ e }) => e.i));
    for (const id of ids) this.removed.add(id);
    const isLeft = ({ entry }: Waiting) => !ids.has(entry.e.i);
    this.waiting = this.waiting.filter(isLeft);
    this.added = this.added.filter(isLeft);
    this.length = lengthOfAll(this.waiting);
    this.writeSoon();
  }

  clear(): void {
    this.remove(this.waiting.map(({ entry }) => entry));
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
      const kept = (await this.read()).filter(({ entry }) => !removed.has(entry.e.i));
      const all = this.bounded([...kept, ...added]).map(({ entry }) => entry);
      if (all.length === 0) await storage.remove(this.key);
      else await storage.set(this.key, JSON.stringify(all));
    } catch {
      // A full or forbidden storage: memory has it, and the next write tries again.
      this.added = [...added.filter(({ entry }) => !this.removed.has(entry.e.i)), ...this.added];
      for (const id of removed) this.removed.add(id);
    }
  }

  private async read(): Promise<Waiting[]> {
    let all: Entry[];
    const text = await this.storage?.get(this.key);
    try {
      all = JSON.parse(text ?? '[]') as Entry[];
      if (!Array.isArray(all)) return [];
    } catch {
      return [];
    }
    const oldest = this.clock.now() - this.limits.ageMs;
    return all
      .filter((entry) => typeof entry?.e?.i === 'string' && entry.at > oldest)
      .map((entry) => ({ entry, length: JSON.stringify(entry).length }));
  }

  private bounded(waiting: readonly Waiting[]): Waiting[] {
    const some = waiting.slice(-this.limits.events);
    let length = lengthOfAll(some);
    let from = 0;
    for (; length > this.limits.length; from += 1) length -= (some[from] as Waiting).length;
    return some.slice(from);
  }

  private trim(): void {
    const { events, length } = this.limits;
    if (this.waiting.length <= events && this.length <= length) return;
    const kept = this.bounded(this.waiting);
    const dropped = this.waiting.slice(0, this.waiting.length - kept.length);
    this.remove(dropped.map(({ entry }) => entry));
    this.onDropped(dropped.map(({ entry }) => entry));
  }
}

function lengthOfAll(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { length }) => sum + length, 0);
}
