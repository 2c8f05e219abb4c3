import type { OracleEvent } from './wire.js';

/** What an event says beyond being an event. */
export interface Signals {
  /** Value of each rarer event dimension that it has. */
  readonly values: Readonly<Record<string, string>>;
  /** Sample of a web vital by its name in lower case, as sent. */
  readonly samples: Readonly<Record<string, number>>;
  readonly scroll: number | null;
}

/** Good up to the first, poor above the second. */
const THRESHOLDS: Readonly<Record<string, readonly [number, number]>> = {
  lcp: [2500, 4000],
  inp: [200, 500],
  cls: [0.1, 0.25],
  fcp: [1800, 3000],
  ttfb: [800, 1800],
};
export const INTERACTIONS = [
  'OUTBOUND_LINK',
  'FILE_DOWNLOAD',
  'FORM_SUBMIT',
  'NOT_FOUND_PAGE',
  'ERROR',
];

/** Reads one event by the words of the catalogue. */
export function signalsOf(event: OracleEvent, page: string | null): Signals {
  const p = event.p ?? {};
  const text = (...keys: string[]) => {
    const found = keys.map((key) => p[key]).find((value) => typeof value === 'string' && value);
    return typeof found === 'string' ? found : '(not set)';
  };
  const values: Record<string, string> = {};
  const samples: Record<string, number> = {};
  if (event.n === 'click' && String(p['outbound']) === 'true') {
    values['OUTBOUND_LINK'] = text('link_url');
  }
  if (event.n === 'file_download') values['FILE_DOWNLOAD'] = text('file_name', 'link_url');
  if (event.n === 'form_submit') {
    values['FORM_SUBMIT'] = text('form_id', 'form_name', 'form_destination');
  }
  if (event.n === '404') {
    values['NOT_FOUND_PAGE'] = p['path'] ? text('path') : (page ?? '(not set)');
  }
  if (event.n === 'exception') values['ERROR'] = text('description');
  const vital = event.n.toLowerCase();
  if (event.n === vital.toUpperCase() && vital in THRESHOLDS) {
    const sample = p['metric_value'] ?? p['value'];
    if (typeof sample === 'number' && sample >= 0) samples[vital] = sample;
  }
  return { values, samples, scroll: event.y ?? null };
}

/** The samples of one row, kept whole. */
export class Samples {
  private readonly lists: Record<string, number[]> = {};

  add(samples: Signals['samples']): void {
    for (const [name, value] of Object.entries(samples)) {
      const list = this.lists[name] ?? [];
      list.push(value);
      this.lists[name] = list;
    }
  }

  /** The five metrics of each web vital. @param isDefined false = they are null here */
  metrics(isDefined: boolean): Record<string, number | null> {
    const found: Record<string, number | null> = {};
    for (const [name, [good, poor]] of Object.entries(THRESHOLDS)) {
      const list = [...(this.lists[name] ?? [])].sort((a, b) => a - b);
      const share = (belongs: (value: number) => boolean) =>
        list.length === 0 || !isDefined ? null : list.filter(belongs).length / list.length;
      const rank = list[Math.ceil(0.75 * list.length) - 1];
      const unit = name === 'cls' ? 1 : 1000;
      found[`${name}P75`] = rank === undefined || !isDefined ? null : rank / unit;
      found[`${name}Good`] = share((value) => value <= good);
      found[`${name}NeedsImprovement`] = share((value) => value > good && value <= poor);
      found[`${name}Poor`] = share((value) => value > poor);
      found[`${name}Samples`] = isDefined ? list.length : null;
    }
    return found;
  }
}
