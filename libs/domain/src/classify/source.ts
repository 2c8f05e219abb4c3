import { SOURCES } from './data/sources-2026-07-15.js';
import type { SourceKind, SourceRow } from './source-row.js';

/** A place for a country code or a top-level domain in the table's hosts. */
const ANY = '{}';
/** First parts of combined top-level domains such as `co.uk`. */
const SECOND_LEVEL = /^(?:co|com|org|net|ac|gov|edu|or|ne|go|gob|gen|web|nom)$/;
const TOP_LEVEL = /^[a-z]{2,}$/;
const COUNTRY = /^[a-z]{2}$/;

interface Entry {
  readonly row: SourceRow;
  /** Path that must follow the host, `''` for none. */
  readonly path: string;
}

/** A source found in the table. */
export interface KnownSource {
  readonly source: string;
  readonly kind: SourceKind;
}

const BY_HOST = new Map<string, Entry[]>();
const BY_ALIAS = new Map<string, KnownSource>();
const KINDS = new Map<string, SourceKind>();

for (const row of SOURCES) {
  KINDS.set(row.source, row.kind as SourceKind);
  for (const alias of row.aliases ?? []) BY_ALIAS.set(alias, knownOf(row));
  for (const domain of row.domains) {
    const slash = domain.indexOf('/');
    const host = slash === -1 ? domain : domain.slice(0, slash);
    const entries = BY_HOST.get(host) ?? [];
    entries.push({ row, path: slash === -1 ? '' : domain.slice(slash) });
    BY_HOST.set(host, entries);
  }
}

function knownOf(row: SourceRow): KnownSource {
  return { source: row.source, kind: row.kind as SourceKind };
}

/** Kind of a source by its name; `undefined` for one that is not in the table. */
export function kindOfSource(source: string): SourceKind | undefined {
  return KINDS.get(source);
}

/** The source that a value of `utm_source` stands for, lower case: by alias, by domain, else itself. */
export function sourceOfCampaign(value: string): string {
  const alias = BY_ALIAS.get(value);
  if (alias !== undefined) return alias.source;
  if (!value.includes('.')) return value;
  return sourceOfHost(withoutWww(value), '')?.source ?? value;
}

/**
 * The source of a referrer: the longest entry of the table that matches. Search engines match their
 * exact host, all others the host and everything below it.
 *
 * @param host lower case, without `www.`
 * @param path starting with `/`, or `''`
 */
export function sourceOfHost(host: string, path: string): KnownSource | null {
  let best: { known: KnownSource; length: number } | null = null;
  const labels = host.split('.');
  for (let from = 0; from < labels.length; from += 1) {
    const part = labels.slice(from);
    for (const pattern of patternsOf(part)) {
      for (const entry of BY_HOST.get(pattern) ?? []) {
        if (from > 0 && entry.row.kind === 'search') continue;
        if (!isBelow(path, entry.path)) continue;
        const length = part.join('.').length + entry.path.length;
        if (best === null || length > best.length) best = { known: knownOf(entry.row), length };
      }
    }
  }
  return best?.known ?? null;
}

/** Drops a leading `www.`. */
export function withoutWww(host: string): string {
  return host.startsWith('www.') ? host.slice(4) : host;
}

/** A host as the table may write it: itself, and with one part replaced by `{}`. */
function patternsOf(labels: readonly string[]): string[] {
  const patterns = [labels.join('.')];
  for (let index = 0; index < labels.length; index += 1) {
    const isLast = index === labels.length - 1;
    if ((isLast ? TOP_LEVEL : COUNTRY).test(labels[index] as string)) {
      patterns.push([...labels.slice(0, index), ANY, ...labels.slice(index + 1)].join('.'));
    }
  }
  const [second, top] = labels.slice(-2);
  if (labels.length > 2 && SECOND_LEVEL.test(second ?? '') && COUNTRY.test(top ?? '')) {
    patterns.push([...labels.slice(0, -2), ANY].join('.'));
  }
  return patterns;
}

function isBelow(path: string, prefix: string): boolean {
  if (prefix === '' || path === prefix) return true;
  return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}
