import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { REFUSAL_STATUS } from '../../apps/ingest/src/collect/refusal.js';
import { QUERY_ERROR_CODES } from '../../apps/query/src/query-error.js';
import { WARNING_CODES } from '../../apps/query/src/reports/question.js';

const PAGE = readFileSync('docs/errors.md', 'utf8');

/** Rows of the table under a heading, as cells. */
function tableUnder(heading: string): string[][] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(heading));
  if (section === undefined) throw new Error(`no section “${heading}”`);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));
}

const codesUnder = (heading: string) =>
  tableUnder(heading)
    .map(([code = '']) => code.replaceAll('`', ''))
    .sort();

/** The texts of a union of types in a file. */
function unionIn(file: string, start: RegExp): string[] {
  const text = readFileSync(file, 'utf8');
  const union = text.slice(text.search(start)).split(';', 1)[0] as string;
  const found = [...union.matchAll(/'([a-z_]+)'/g)].map((match) => match[1] as string);
  expect(found.length).toBeGreaterThan(2);
  return found;
}

/** Codes of a process's parts, with the parts that have each. */
const PARTS = {
  log: unionIn('libs/eventlog/src/event-log.ts', /type EventLogErrorCode/),
  store: unionIn('libs/readmodel/src/report-store.ts', /type StoreErrorCode/),
  registry: unionIn('libs/readmodel/src/registry.ts', /type RegistryErrorCode/),
};

describe('the page of errors has every code, and no other', () => {
  it('of hits, with its status', () => {
    const said = tableUnder('Hits').map(([code = '', status]) => [
      code.replaceAll('`', ''),
      Number(status),
    ]);
    expect(Object.fromEntries(said)).toEqual(REFUSAL_STATUS);
  });

  it('of questions and warnings', () => {
    expect(codesUnder('Questions')).toEqual([...QUERY_ERROR_CODES].sort());
    expect(codesUnder('Warnings')).toEqual([...WARNING_CODES].sort());
  });

  it('of the package', () => {
    const codes = unionIn('tracker/src/sdk/event-map.ts', /interface Problem/);
    expect(codesUnder('The package')).toEqual(codes.sort());
  });

  it('of a process, with the parts that have it', () => {
    const all = [...new Set(Object.values(PARTS).flat())].sort();
    expect(codesUnder('A process')).toEqual(all);
    for (const [code = '', of] of tableUnder('A process')) {
      const parts = Object.entries(PARTS).filter(([, codes]) =>
        codes.includes(code.replaceAll('`', '')),
      );
      expect({ code, of }).toEqual({ code, of: parts.map(([name]) => name).join(', ') });
    }
  });

  it('of lines in the output', () => {
    const files = execFileSync('git', ['ls-files', 'apps', 'libs'], { encoding: 'utf8' });
    const code = files.split('\n').filter((name) => /(?<!\.test|\.testing)\.ts$/.test(name));
    const events = new Set<string>();
    for (const name of code) {
      const text = readFileSync(name, 'utf8');
      for (const match of text.matchAll(/stringify\(\{ event: '([a-z_]+)'|\.say\('([a-z_]+)'/g)) {
        events.add((match[1] ?? match[2]) as string);
      }
    }
    expect(events.size).toBeGreaterThan(8);
    expect(codesUnder('Lines in the output')).toEqual([...events].sort());
  });

  it('with something in every cell', () => {
    for (const line of PAGE.split('\n').filter((each) => each.startsWith('| `'))) {
      expect({ line, isWhole: !/\|\s*\|/.test(line) }).toEqual({ line, isWhole: true });
    }
  });
});
