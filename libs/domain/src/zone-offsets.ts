const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Offset of one UTC day, and the one that follows a change within it. */
interface DayOffsets {
  readonly before: number;
  readonly switchAt: number;
  readonly after: number;
}

/**
 * Minutes that a zone is ahead of UTC at an instant, by the runtime's IANA rules. Each UTC day is
 * asked for once, so that the hot path is a comparison.
 */
export function createOffsets(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const ask = (ms: number) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
    const local = Date.UTC(
      part['year'] as number,
      (part['month'] as number) - 1,
      part['day'],
      part['hour'],
      part['minute'],
      part['second'],
    );
    return Math.round((local - Math.floor(ms / 1000) * 1000) / MINUTE_MS);
  };
  const days = new Map<number, DayOffsets>();
  let lastDay = Number.NaN;
  let last: DayOffsets = { before: 0, switchAt: 0, after: 0 };
  return (ms) => {
    const day = Math.floor(ms / DAY_MS);
    if (day !== lastDay) {
      let found = days.get(day);
      if (found === undefined) {
        found = findOffsets(ask, day);
        days.set(day, found);
      }
      lastDay = day;
      last = found;
    }
    return ms < last.switchAt ? last.before : last.after;
  };
}

function findOffsets(ask: (ms: number) => number, day: number): DayOffsets {
  let from = day * DAY_MS;
  let to = from + DAY_MS;
  const before = ask(from);
  const after = ask(to);
  if (before === after) return { before, switchAt: to, after };
  while (to - from > MINUTE_MS) {
    const middle = from + Math.floor((to - from) / 2 / MINUTE_MS) * MINUTE_MS;
    if (ask(middle) === before) from = middle;
    else to = middle;
  }
  return { before, switchAt: to, after };
}
