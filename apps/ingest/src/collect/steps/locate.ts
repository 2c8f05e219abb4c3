import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { Reader } from 'mmdb-lib';
import { type Geo, NOWHERE } from '#events';
import type { Hit } from '../hit.js';
import type { Refused } from '../refusal.js';

/** How often the operator's file is looked at for a newer one. */
const WATCH_INTERVAL_MS = 60_000;

/** The parts of a country or city record that we read. */
interface PlaceRecord {
  readonly country?: { readonly iso_code?: string };
  readonly subdivisions?: readonly { readonly iso_code?: string; readonly names?: Names }[];
  readonly city?: { readonly names?: Names };
  readonly autonomous_system_number?: number;
}
type Names = { readonly en?: string };

/** Looks addresses up in the operator's MMDB file, if there is one; read again when it changes. */
export class Places {
  private reader: Reader<never> | null = null;
  private version: string | null = null;

  constructor(private readonly path: string | null) {
    if (path === null) return;
    this.load();
    watchFile(path, { interval: WATCH_INTERVAL_MS, persistent: false }, () => this.load());
  }

  /** Facts about an address; the address itself is not kept. */
  of(address: string): Geo {
    if (this.reader === null) return NOWHERE;
    const record = this.find(address);
    if (record === null) return { ...NOWHERE, source: 'mmdb', databaseVersion: this.version };
    const division = record.subdivisions?.[0];
    return {
      country: record.country?.iso_code ?? null,
      region: division?.names?.en ?? division?.iso_code ?? null,
      city: record.city?.names?.en ?? null,
      asn: record.autonomous_system_number ?? null,
      source: 'mmdb',
      databaseVersion: this.version,
    };
  }

  close(): void {
    if (this.path !== null) unwatchFile(this.path);
  }

  private find(address: string): PlaceRecord | null {
    try {
      return (this.reader?.get(address) as PlaceRecord | null | undefined) ?? null;
    } catch (error) {
      // An override may hold any text: what is no address is nowhere.
      if (error instanceof Error) return null;
      throw error;
    }
  }

  private load(): void {
    const reader = new Reader<never>(readFileSync(this.path as string));
    this.reader = reader;
    this.version = `${reader.metadata.databaseType} ${reader.metadata.buildEpoch.toISOString()}`;
  }
}

/** Finds where each event came from. */
export function locate(hit: Hit, places: Places): Refused | null {
  const here = places.of(hit.address);
  for (const { events } of hit.batches) {
    for (const event of events) {
      event.geo = event.wire.address === null ? here : places.of(event.wire.address);
    }
  }
  return null;
}
