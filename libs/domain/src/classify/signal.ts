import type { Envelope, PropertyValue } from '#events';
import { EVENT_DIMENSIONS } from '../dimensions.js';
import { vitalCell, WEB_VITALS } from '../distributions.js';
import { NOT_SET, type Signal } from './conclusions.js';

type Properties = Readonly<Record<string, PropertyValue>>;
/** Reads one kind of signal; `page` is `null` for an event without URL. */
type Read = (properties: Properties, page: string | null) => Signal | null;

const NO_PROPERTIES: Properties = {};

/** By name of event: GA4's names, Plausible's `404`, and the web vitals under their own. */
const READERS: ReadonlyMap<string, Read> = new Map([
  ['click', whenOutbound(interaction('OUTBOUND_LINK', ['link_url']))],
  ['file_download', interaction('FILE_DOWNLOAD', ['file_name', 'link_url'])],
  ['form_submit', interaction('FORM_SUBMIT', ['form_id', 'form_name', 'form_destination'])],
  ['404', interaction('NOT_FOUND_PAGE', ['path'])],
  ['exception', interaction('ERROR', ['description'])],
  ...WEB_VITALS.map(({ name }, vital) => [name, sample(vital)] as const),
]);

/** Names of the events whose properties say something to reports. */
export const SIGNAL_NAMES: ReadonlySet<string> = new Set(READERS.keys());

/** What a custom event says beyond being one; most say nothing. */
export function signalOf(event: Envelope, page: string | null): Signal | null {
  const read = READERS.get(event.name);
  return read === undefined ? null : read(event.data.properties ?? NO_PROPERTIES, page);
}

/** The first of some properties that has a text, else for a page that is not there its own path. */
function interaction(name: string, keys: readonly string[]): Read {
  const dimension = EVENT_DIMENSIONS.findIndex((each) => each.name === name);
  const fallsBackToPage = name === 'NOT_FOUND_PAGE';
  return (properties, page) => {
    for (const key of keys) {
      const value = properties[key];
      if (typeof value === 'string' && value !== '') {
        return { kind: 'interaction', dimension, value };
      }
    }
    const value = fallsBackToPage && page ? page : NOT_SET;
    return { kind: 'interaction', dimension, value };
  };
}

function whenOutbound(read: Read): Read {
  return (properties, page) => {
    const { outbound } = properties;
    return outbound === true || outbound === 'true' ? read(properties, page) : null;
  };
}

/** `metric_value`, else `value`, as Google's own recipe for web vitals in GA4 sends them. */
function sample(vital: number): Read {
  return (properties) => {
    const value = properties['metric_value'] ?? properties['value'];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return null;
    return { kind: 'sample', cell: vitalCell(vital, value) };
  };
}
