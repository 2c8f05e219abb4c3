import { REALTIME_MINUTES_MAX, REPORTS, RowSum } from '#domain';
import type { ReportStore } from '#readmodel';
import { badInput } from '../query-error.js';
import { compareText } from './report-answer.js';

const MINUTE_MS = 60_000;
/** Rows of each list. */
const ROWS_MAX = 10;
const VIEWS = 0;
const EVENTS = 1;

export interface RealtimeRow {
  readonly value: string;
  readonly visitors: number;
  readonly views: number;
}

export interface RealtimeAnswer {
  readonly visitors: number;
  readonly views: number;
  readonly events: number;
  readonly perMinute: readonly {
    readonly at: string;
    readonly visitors: number;
    readonly views: number;
    readonly events: number;
  }[];
  readonly pages: readonly RealtimeRow[];
  readonly sources: readonly RealtimeRow[];
  readonly countries: readonly RealtimeRow[];
  readonly devices: readonly RealtimeRow[];
}

/** The last whole minutes of the clock, the running one included; humans only. */
export async function readRealtime(
  store: ReportStore,
  where: { generation: string; siteId: string },
  minutes: number,
  now: number,
): Promise<RealtimeAnswer> {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > REALTIME_MINUTES_MAX) {
    throw badInput(`minutes must be from 1 to ${REALTIME_MINUTES_MAX}`);
  }
  const to = Math.floor(now / MINUTE_MS);
  const from = to - minutes + 1;
  const scan = (report: string, visit: (bucket: number, value: string, row: Uint8Array) => void) =>
    store.scan({ ...where, report, kind: 'minute', trafficClass: 'human', from, to }, visit);
  const precision = REPORTS[0]?.precision ?? 14;
  const total = new RowSum(precision, true);
  const perMinute = Array.from({ length: minutes }, () => new RowSum(precision, true));
  await scan('totals', (minute, _value, row) => {
    total.add(row);
    perMinute[minute - from]?.add(row);
  });
  const list = async (report: string): Promise<RealtimeRow[]> => {
    const sums = new Map<string, RowSum>();
    await scan(report, (_minute, value, row) => {
      const sum = sums.get(value) ?? new RowSum(12, true);
      sum.add(row);
      sums.set(value, sum);
    });
    return [...sums]
      .map(([value, sum]) => ({
        value,
        visitors: sum.visitors(),
        views: sum.counters[VIEWS] ?? 0,
        sum,
      }))
      .filter(({ sum }) => !sum.isEmpty)
      .sort((a, b) => b.visitors - a.visitors || compareText(a.value, b.value))
      .slice(0, ROWS_MAX)
      .map(({ value, visitors, views }) => ({ value, visitors, views }));
  };
  return {
    visitors: total.visitors(),
    views: total.counters[VIEWS] ?? 0,
    events: total.counters[EVENTS] ?? 0,
    perMinute: perMinute.map((sum, index) => ({
      at: new Date((from + index) * MINUTE_MS).toISOString(),
      visitors: sum.visitors(),
      views: sum.counters[VIEWS] ?? 0,
      events: sum.counters[EVENTS] ?? 0,
    })),
    pages: await list('pages'),
    sources: await list('sources'),
    countries: await list('countries'),
    devices: await list('devices'),
  };
}
