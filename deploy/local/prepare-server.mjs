// The directory of one server: its settings, with its own ports in them.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { freePorts } from './processes.mjs';

/**
 * Fills a server's directory; ports stay the same over restarts.
 * @param ports names in the settings (`@PORT@`) that become free ports; clients use the first
 */
export async function prepareServer(directory, { settings, logging, ports }) {
  mkdirSync(directory, { recursive: true });
  const numbers = await freePorts(ports.length);
  let text = readFileSync(settings, 'utf8').replaceAll('@DIRECTORY@', directory);
  for (const [index, name] of ports.entries()) text = text.replaceAll(`@${name}@`, numbers[index]);
  writeFileSync(join(directory, basename(settings)), text);
  copyFileSync(logging, join(directory, basename(logging)));
  return { directory, address: `127.0.0.1:${numbers[0]}` };
}
