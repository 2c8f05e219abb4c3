import { STEP_NAMES } from '../collect/pipeline.js';
import { REFUSAL_STATUS, type RefusalCode } from '../collect/refusal.js';

/** Upper bounds of the step timings, in milliseconds. */
const BOUNDS_MS = [0.1, 1, 10, 100, 1000];

interface StepTimes {
  count: number;
  sumMs: number;
  readonly buckets: number[];
}

/** What the ingest door counts, as Prometheus text. */
export class IngestMetrics {
  private accepted = 0;
  private failed = 0;
  private readonly refused = new Map<RefusalCode, number>();
  private readonly steps = new Map<string, StepTimes>(
    STEP_NAMES.map((name) => [name, { count: 0, sumMs: 0, buckets: BOUNDS_MS.map(() => 0) }]),
  );

  accept(events: number): void {
    this.accepted += events;
  }

  refuse(code: RefusalCode, events: number): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + events);
  }

  /** Notes an error that nobody foresaw, without what was sent. */
  fail(error: unknown): void {
    this.failed += 1;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${JSON.stringify({ event: 'hit_failed', message })}\n`);
  }

  step(name: string, durationMs: number): void {
    const times = this.steps.get(name) as StepTimes;
    times.count += 1;
    times.sumMs += durationMs;
    for (let index = BOUNDS_MS.length - 1; index >= 0; index -= 1) {
      if (durationMs > (BOUNDS_MS[index] as number)) break;
      times.buckets[index] = (times.buckets[index] as number) + 1;
    }
  }

  /** Everything in Prometheus' text format. */
  text(): string {
    const lines = [
      '# TYPE hindsight_events_accepted_total counter',
      `hindsight_events_accepted_total ${this.accepted}`,
      '# TYPE hindsight_hits_failed_total counter',
      `hindsight_hits_failed_total ${this.failed}`,
      '# TYPE hindsight_events_refused_total counter',
    ];
    for (const code of Object.keys(REFUSAL_STATUS) as RefusalCode[]) {
      lines.push(`hindsight_events_refused_total{code="${code}"} ${this.refused.get(code) ?? 0}`);
    }
    lines.push('# TYPE hindsight_ingest_step_milliseconds histogram');
    for (const [name, { count, sumMs, buckets }] of this.steps) {
      const metric = 'hindsight_ingest_step_milliseconds';
      for (const [index, bound] of BOUNDS_MS.entries()) {
        lines.push(`${metric}_bucket{step="${name}",le="${bound}"} ${buckets[index]}`);
      }
      lines.push(`${metric}_bucket{step="${name}",le="+Inf"} ${count}`);
      lines.push(`${metric}_sum{step="${name}"} ${sumMs.toFixed(3)}`);
      lines.push(`${metric}_count{step="${name}"} ${count}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
