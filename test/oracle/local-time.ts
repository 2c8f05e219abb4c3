/** Local time by the runtime's own formatter, asked for every single instant: slow and obvious. */
const formats = new Map<string, Intl.DateTimeFormat>();
const known = new Map<string, LocalTime>();

export interface LocalTime {
  readonly day: string;
  readonly month: string;
  readonly week: string;
  readonly hour: string;
  readonly hourOfWeek: string;
}

const two = (n: number) => String(n).padStart(2, '0');

export function localTime(ms: number, timeZone: string): LocalTime {
  const key = `${timeZone} ${Math.floor(ms / 60_000)}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const day = `${part['year']}-${part['month']}-${part['day']}`;
  const offset = part['timeZoneName'] === 'GMT' ? '+00:00' : String(part['timeZoneName']).slice(3);
  const noon = new Date(`${day}T12:00:00Z`);
  const weekday = noon.getUTCDay() === 0 ? 7 : noon.getUTCDay();
  const local = {
    day,
    month: day.slice(0, 7),
    week: isoWeek(noon, weekday),
    hour: `${day}T${part['hour']}:00${offset}`,
    hourOfWeek: `${weekday}T${part['hour']}`,
  };
  known.set(key, local);
  return local;
}

function isoWeek(noon: Date, weekday: number): string {
  const thursday = new Date(noon.getTime() + (4 - weekday) * 86_400_000);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * 86_400_000)) + 1;
  return `${year}-W${two(week)}`;
}
