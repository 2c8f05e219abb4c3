import type { KeyEvent } from '../definitions.js';

/** Compiles a page glob: `*` within a path segment, `**` across segments, the rest as written. */
export function compileGlob(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : escapeRegExp(part)))
    .join('');
  return new RegExp(`^${source}$`, 's');
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

const NONE: readonly string[] = [];

/** Which key events an event meets, by name and page; `page` is `null` for an event without URL. */
export function createKeyEventFinder(
  keyEvents: readonly KeyEvent[],
): (name: string, page: string | null) => readonly string[] {
  const byEvent = new Map<string, { name: string; glob: RegExp | null }[]>();
  for (const { name, event, page } of keyEvents) {
    const rules = byEvent.get(event) ?? [];
    rules.push({ name, glob: page === null ? null : compileGlob(page) });
    byEvent.set(event, rules);
  }
  return (name, page) => {
    const rules = byEvent.get(name);
    if (rules === undefined) return NONE;
    const met = rules.filter(
      (rule) => rule.glob === null || (page !== null && rule.glob.test(page)),
    );
    return met.length === 0 ? NONE : [...new Set(met.map((rule) => rule.name))];
  };
}
