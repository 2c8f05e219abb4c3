/**
 * How many buckets of a series are over, and whether the next one has begun. Labels are as the API
 * gives them: `2026-11-26T18:00+01:00`, `2026-11-26` or `2026-11`, days and months in the site's zone.
 */
export function countFinished(
  labels: readonly string[],
  asOf: string | null,
  timeZone: string,
): { finished: number; hasBegun: boolean } {
  if (asOf === null) return { finished: labels.length, hasBegun: false };
  const now = new Date(asOf);
  // The Swedish way to write a date is the ISO one.
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(now);
  const startsLater = (label: string) =>
    label.includes('T') ? Date.parse(label) > now.getTime() : label > today.slice(0, label.length);
  let begun = labels.length;
  while (begun > 0 && startsLater(labels[begun - 1] as string)) begun -= 1;
  const last = labels[begun - 1];
  const isOpen =
    last !== undefined &&
    (last.includes('T')
      ? Date.parse(last) + HOUR_MS > now.getTime()
      : last === today.slice(0, last.length));
  return { finished: isOpen ? begun - 1 : begun, hasBegun: isOpen };
}

const HOUR_MS = 3_600_000;
