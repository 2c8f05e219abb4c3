import {
  REFUSAL_HOURS_MAX,
  type Refusal,
  type RefusalCount,
  RefusalStore,
} from '../refusal-store.js';

const HOUR_MS = 3_600_000;
/** Different counters held; sites that do not exist are named by whoever asks, so there must be an end. */
const COUNTERS_MAX = 20_000;
const SAMPLE_MAX = 500;

/** One counter: a site, a reason, an hour. */
export interface RefusalCounter {
  readonly siteId: string;
  readonly code: string;
  readonly hour: number;
  count: number;
  lastAt: number;
  sample: string;
}

/** Refusals in memory: what tests use, and what the durable adapter writes behind. */
export class MemoryRefusalStore extends RefusalStore {
  protected readonly counters = new Map<string, RefusalCounter>();
  private newestHour = 0;

  record(refusal: Refusal): void {
    this.count(refusal);
  }

  /** Counts it; returns the key of its counter. */
  protected count(refusal: Refusal): string {
    const hour = Math.floor(refusal.at / HOUR_MS);
    const siteId = refusal.siteId.slice(0, 64);
    const key = `${hour}/${refusal.code}/${siteId}`;
    const counter = this.counters.get(key) ?? {
      siteId,
      code: refusal.code,
      hour,
      count: 0,
      lastAt: 0,
      sample: '',
    };
    counter.count += refusal.count;
    if (refusal.at >= counter.lastAt) {
      counter.lastAt = refusal.at;
      counter.sample = refusal.sample.slice(0, SAMPLE_MAX);
    }
    this.counters.set(key, counter);
    if (hour > this.newestHour) this.forgetBefore(hour - REFUSAL_HOURS_MAX);
    this.newestHour = Math.max(this.newestHour, hour);
    while (this.counters.size > COUNTERS_MAX) this.counters.delete(this.oldestKey());
    return key;
  }

  async list(siteId: string, sinceMs: number): Promise<readonly RefusalCount[]> {
    const byCode = new Map<string, RefusalCount>();
    for (const { siteId: each, code, count, lastAt, sample } of this.counters.values()) {
      if (each !== siteId || lastAt < sinceMs) continue;
      const sum = byCode.get(code);
      const isNewer = lastAt >= (sum?.lastAt ?? 0);
      byCode.set(code, {
        code,
        count: count + (sum?.count ?? 0),
        lastAt: Math.max(lastAt, sum?.lastAt ?? 0),
        sample: isNewer || sum === undefined ? sample : sum.sample,
      });
    }
    return [...byCode.values()].sort((a, b) => b.count - a.count);
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  private forgetBefore(hour: number): void {
    for (const [key, counter] of this.counters) if (counter.hour < hour) this.counters.delete(key);
  }

  private oldestKey(): string {
    return this.counters.keys().next().value ?? '';
  }
}
