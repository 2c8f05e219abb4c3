/**
 * Settings of one site. The server writes them into the script; an attribute `data-<key>` of the tag
 * says otherwise for one page, so every value may also be a text.
 */
export interface Settings {
  /** Site id. */
  readonly site: string;
  /** Path or address that hits go to. */
  readonly endpoint: string;
  /** Where the extensions lie, with a slash at the end. */
  readonly base: string;
  /** Name of the global function, of the cookie and of what is stored. */
  readonly name: string;
  /** What follows the cookie's value: path, age, domain. */
  readonly cookie: string;
  /** Names of the extensions to load, with spaces between. */
  readonly ext?: string;
  /** Extensions inside the script itself: they run before anything else happens. */
  readonly inline?: readonly Extension[];
  /** `false`: no page view by itself. */
  readonly auto?: string;
  /** Where the address of a page ends for counting views: `#`, unless fragments count. */
  readonly hash?: string;
  /** `include` when the collector is a sibling that may see and re-issue the cookie. */
  readonly credentials?: RequestCredentials;
  /** Seconds without an event that end a session. */
  readonly idle?: number | string;
  /** `wait`: nothing is stored or sent until the visitor has decided. */
  readonly consent?: string;
  readonly mode?: Mode;
  /** Mode under Global Privacy Control; empty = as without it. */
  readonly gpc?: Mode | '';
  /** Mode under Do Not Track; empty = as without it. */
  readonly dnt?: Mode | '';
  /** Mode of who refused; `off` unless the site says otherwise. */
  readonly denied?: Mode;
}

/** How visitors are known; `wait` holds everything in memory. */
export type Mode = 'cookie' | 'session' | 'cookieless' | 'off' | 'wait';

/** A part that is loaded when it is needed; it gets what the script is made of. */
export type Extension = (kernel: import('./kernel.js').Kernel) => void;
