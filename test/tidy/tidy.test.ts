import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const LINES_MAX = 250;
const TEST_LINES_MAX = 400;
/** Tables, which are data rather than text to read. */
const TABLES = /classify\/data\//;
/** Longer than they should be: each may only become shorter. */
const RATCHET: Readonly<Record<string, number>> = {
  'apps/ingest/src/collect/wire.ts': 251,
};
const FORBIDDEN_FOLDERS = ['utils', 'common', 'helpers', 'shared', 'core'];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => name !== '' && existsSync(name));
const read = (name: string) => readFileSync(name, 'utf8');
const code = files.filter((name) => /\.(ts|tsx)$/.test(name));

describe('the house', () => {
  it.each(code.filter((name) => !TABLES.test(name)))('%s is one thing', (name) => {
    const most =
      RATCHET[name] ??
      (/\.(test|testing|contract)\.ts$/.test(name) || name.startsWith('test/')
        ? TEST_LINES_MAX
        : LINES_MAX);
    expect(read(name).split('\n').length - 1).toBeLessThanOrEqual(most);
  });

  it('has no folder for everything else', () => {
    for (const name of files) {
      for (const folder of name.split('/').slice(0, -1))
        expect(FORBIDDEN_FOLDERS).not.toContain(folder);
    }
  });

  it('leaves no test out and asks the compiler nothing to ignore', () => {
    for (const name of code.filter((each) => basename(each) !== 'tidy.test.ts')) {
      expect({
        name,
        found: /\b(it|describe|test)\.(only|skip)\(|@ts-(ignore|nocheck|expect-error)/.exec(
          read(name),
        )?.[0],
      }).toEqual({ name, found: undefined });
    }
  });

  it('names no registry in its lock file, and has every platform’s packages', () => {
    const lock = read('package-lock.json');
    expect(lock).not.toMatch(/"resolved"/);
    for (const name of ['@biomejs/cli', '@swc/core', '@lmdb/lmdb', '@esbuild/']) {
      expect(lock).toMatch(new RegExp(`"node_modules/${name}-?darwin-x64"`));
    }
  });

  it('keeps each promise beside a test that exists', () => {
    const rows = read('docs/PROMISES.md')
      .split('\n')
      .filter((line) => /^\| [^-]/.test(line))
      .slice(1);
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) {
      const paths = [...row.matchAll(/`([^`]+\.(?:test|contract)\.ts)`/g)].map(
        (match) => match[1] as string,
      );
      expect({ row, count: paths.length > 0 }).toEqual({ row, count: true });
      for (const path of paths)
        expect({ path, exists: existsSync(path) }).toEqual({ path, exists: true });
    }
  });

  it('names only paths that exist in its architecture page', () => {
    const paths = [
      ...read('docs/ARCHITECTURE.md').matchAll(/`((?:apps|libs|tracker|test|scripts)\/[^`*…]+)`/g),
    ].map((match) => match[1] as string);
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths)
      expect({ path, exists: existsSync(path) }).toEqual({ path, exists: true });
  });

  it('has every adapter call the contract of its port', () => {
    for (const [folder, suite] of [
      ['libs/eventlog/src/memory', 'describeEventLog('],
      ['libs/eventlog/src/embedded', 'describeEventLog('],
      ['libs/readmodel/src/memory', 'describeReportStore('],
      ['libs/readmodel/src/embedded', 'describeReportStore('],
    ] as const) {
      const tests = files.filter((name) => name.startsWith(folder) && name.endsWith('.test.ts'));
      expect({ folder, calls: tests.some((name) => read(name).includes(suite)) }).toEqual({
        folder,
        calls: true,
      });
    }
  });

  it('tells every setting in the README', () => {
    const settings = [
      ...read('libs/settings/src/settings.ts').matchAll(/'(HINDSIGHT_[A-Z_]+)'/g),
    ].map((match) => match[1] as string);
    for (const name of settings) expect(read('README.md')).toContain(name);
  });
});
