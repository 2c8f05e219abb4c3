// Writes libs/domain/src/classify/data/time-zones.ts: the country of each IANA zone, primary one first.
import { writeFileSync } from 'node:fs';
import ct from 'countries-and-timezones';

const rows = [];
for (const [name, zone] of Object.entries(ct.getAllTimezones({ deprecated: true }))) {
  const country = zone.countries?.[0] ?? ct.getTimezone(zone.aliasOf ?? '')?.countries?.[0];
  if (country !== undefined) rows.push(`  ['${name}', '${country}'],`);
}
rows.sort();
writeFileSync(
  'libs/domain/src/classify/data/time-zones.ts',
  `/** Country of each IANA time zone, old names included; made by scripts/generate-time-zones.mjs. */
export const TIME_ZONE_COUNTRIES: ReadonlyMap<string, string> = new Map([
${rows.join('\n')}
]);
`,
);
console.log(`${rows.length} zones`);
