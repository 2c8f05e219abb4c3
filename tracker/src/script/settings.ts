/**
 * Settings of one site. The server writes them into the script. Names of two letters are the first two
 * of an attribute `data-…` of the tag, which says otherwise for one page: `data-mode` is `mo`.
 */
export interface Settings {
  readonly site_: string;
  /** Address that hits go to. */
  readonly endpoint_: string;
  /** Where the extensions lie, with a slash at the end. */
  readonly base_: string;
  /** Name of the global function and of what is stored. */
  readonly name_: string;
  /** What the cookie begins with: its name and the version of its contents. */
  readonly key_: string;
  /** What follows the cookie's value: path, age, domain. */
  readonly attributes_: string;
  /** Extensions to load: names with spaces between; an array in the minimal variant. */
  readonly ext_?: string & string[];
  /** `false`: no page view by itself. */
  readonly auto_?: string;
  /** `wait`: nothing is stored or sent until the visitor has decided. */
  readonly consent_?: string;
  /** Left out = cookie, and cookieless under Global Privacy Control. */
  readonly mode_?: Mode;
  /** Mode under Global Privacy Control, cookieless when left out; empty = as without it. */
  readonly gpc_?: Mode | '';
  /** Mode under Do Not Track; left out or empty = as without it. */
  readonly dnt_?: Mode | '';
  /** Mode of who refused, `off` when left out; `cookieless` where the law allows it. */
  readonly denied_?: Mode;
  /** `strict`: every batch is kept on disk until the collector has it. */
  readonly delivery_?: string;
  /** Endings of files whose links are downloads, with `|` between. */
  readonly downloads_?: string;
  /** What is done with addresses before anything goes. */
  readonly addresses_?: Addresses;
  /** Other domains of the same site, with spaces between: links to them hand the visitor over. */
  readonly domains_?: string;
}

/** Needs the extension `addresses`. */
export interface Addresses {
  /** Parameters that are taken out. */
  readonly remove?: readonly string[];
  /** Queries are left out and make no view of their own. */
  readonly ignoreQuery?: boolean;
  /** Paths that are tracked, all unless told, and paths that are not; `*` stands for anything. */
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  /** Selector of the element that scrolls instead of the page. */
  readonly scroll?: string;
}

/** How visitors are known. */
export type Mode = 'cookie' | 'session' | 'cookieless' | 'off';
