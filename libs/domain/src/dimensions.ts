/** Whether a value belongs to a whole session, to one event, or is a stretch of time. */
export type DimensionScope = 'session' | 'event' | 'time';

/** One way to break numbers down. */
export interface Dimension {
  /** Name in the API. */
  readonly name: string;
  readonly title: string;
  readonly scope: DimensionScope;
  readonly definition: string;
}

const SESSION: readonly (readonly [string, string, string])[] = [
  ['ENTRY_PAGE', 'Entry page', 'Page of the session’s first view.'],
  ['EXIT_PAGE', 'Exit page', 'Page of the session’s last view.'],
  ['CHANNEL', 'Channel', 'GA4’s default channel group of the session’s first view.'],
  [
    'SOURCE',
    'Source',
    'Campaign source, else click id, else referrer, of the session’s first view.',
  ],
  ['MEDIUM', 'Medium', 'Campaign medium, else by the kind of source, of the session’s first view.'],
  ['SOURCE_MEDIUM', 'Source / medium', 'Source and medium together.'],
  ['CAMPAIGN', 'Campaign', 'utm_campaign of the session’s first view.'],
  ['TERM', 'Term', 'utm_term of the session’s first view.'],
  ['CONTENT', 'Content', 'utm_content of the session’s first view.'],
  ['REFERRER', 'Referrer', 'Host and path of the external referrer of the session’s first view.'],
  [
    'COUNTRY',
    'Country',
    'ISO 3166 country, from the operator’s database, else from the time zone.',
  ],
  ['REGION', 'Region', 'Region, from the operator’s database.'],
  ['CITY', 'City', 'City, from the operator’s database.'],
  ['LANGUAGE', 'Language', 'The browser’s first language.'],
  ['DEVICE', 'Device', 'desktop, mobile, tablet, tv, console, wearable, bot or other.'],
  ['BROWSER', 'Browser', 'Browser by user agent and client hints.'],
  ['BROWSER_VERSION', 'Browser version', 'Browser and its major version.'],
  ['OS', 'Operating system', 'Operating system by user agent and client hints.'],
  ['OS_VERSION', 'OS version', 'Operating system and its version.'],
  ['SCREEN', 'Screen', 'Screen size in CSS pixels.'],
];
const EVENT: readonly (readonly [string, string, string])[] = [
  ['PAGE', 'Page', 'Path of the event’s URL.'],
  ['TITLE', 'Title', 'Title of the event’s document.'],
  ['HOSTNAME', 'Host name', 'Host of the event’s URL.'],
  ['EVENT', 'Event', 'Name of the event.'],
  ['KEY_EVENT', 'Key event', 'Name of the key event in the definitions.'],
  [
    'OUTBOUND_LINK',
    'Outbound link',
    'link_url of a click with outbound = true, as GA4 names it; other events form no row.',
  ],
  [
    'FILE_DOWNLOAD',
    'File download',
    'file_name of a file_download, else its link_url; other events form no row.',
  ],
  [
    'FORM_SUBMIT',
    'Form submit',
    'form_id of a form_submit, else its form_name, else its form_destination; other events form no row.',
  ],
  [
    'NOT_FOUND_PAGE',
    'Page not found',
    'path of an event named 404, as Plausible names it, else the page of its URL; other events form no row.',
  ],
  ['ERROR', 'Error', 'description of an exception; other events form no row.'],
];
const TIME: readonly (readonly [string, string, string])[] = [
  ['HOUR', 'Hour', 'Local hour of the site.'],
  ['DAY', 'Day', 'Local day of the site.'],
  ['WEEK', 'Week', 'ISO week, starting on Monday.'],
  ['MONTH', 'Month', 'Local month of the site.'],
  ['HOUR_OF_WEEK', 'Hour of the week', 'ISO weekday and local hour.'],
];

function rows(table: typeof SESSION, scope: DimensionScope): readonly Dimension[] {
  return table.map(([name, title, definition]) => ({ name, title, scope, definition }));
}

export const SESSION_DIMENSIONS = rows(SESSION, 'session');
export const EVENT_DIMENSIONS = rows(EVENT, 'event');
export const TIME_DIMENSIONS = rows(TIME, 'time');
/** Every dimension, in the order of the API. */
export const DIMENSIONS: readonly Dimension[] = [
  ...TIME_DIMENSIONS,
  ...EVENT_DIMENSIONS,
  ...SESSION_DIMENSIONS,
];
