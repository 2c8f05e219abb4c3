import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { NOWHERE } from '#events';
import { Places } from './locate.js';
import { mmdbOf } from './mmdb.testing.js';

const directory = mkdtempSync(join(tmpdir(), 'hindsight-mmdb-'));
const file = join(directory, 'city.mmdb');
const RECORD = {
  country: { iso_code: 'DE' },
  subdivisions: [{ iso_code: 'BE', names: { en: 'Land Berlin' } }],
  city: { names: { en: 'Berlin', de: 'Berlin' } },
  autonomous_system_number: 64_496,
};
writeFileSync(file, mmdbOf('203.0.113.0', 24, RECORD, Date.UTC(2026, 0, 2) / 1000));
const places = new Places(file);

describe('the operator’s database of places', () => {
  afterAll(() => {
    places.close();
    rmSync(directory, { recursive: true });
  });

  it('says where an address is, and by which version', () => {
    expect(places.of('203.0.113.77')).toEqual({
      country: 'DE',
      region: 'Land Berlin',
      city: 'Berlin',
      asn: 64_496,
      source: 'mmdb',
      databaseVersion: 'Test-City 2026-01-02T00:00:00.000Z',
    });
  });

  it('says that an address is unknown, or no address at all', () => {
    for (const address of ['203.0.114.1', 'nonsense', '']) {
      expect(places.of(address)).toMatchObject({ source: 'mmdb', country: null, city: null });
    }
  });

  it('is nowhere without a file, and does not start with one that is none', () => {
    expect(new Places(null).of('203.0.113.77')).toBe(NOWHERE);
    writeFileSync(join(directory, 'no.mmdb'), 'nonsense');
    expect(() => new Places(join(directory, 'no.mmdb'))).toThrow();
  });
});
