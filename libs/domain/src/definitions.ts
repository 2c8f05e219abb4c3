/** An event that the site's owner calls important, optionally only on some pages. */
export interface KeyEvent {
  readonly name: string;
  /** Event name that must match exactly. */
  readonly event: string;
  /** Glob over the page; `null` = any event of that name. */
  readonly page: string | null;
}

/** Traffic of the owner's own people: matches when every part that is given matches. */
export interface InternalRule {
  readonly name: string;
  /** Exact host name, lower case. */
  readonly hostname: string | null;
  /** Case-insensitive part of the user agent. */
  readonly userAgent: string | null;
}

/** The versioned rules by which one site's events become numbers. A change is a rebuild. */
export interface Definitions {
  readonly id: string;
  /** IANA zone of all buckets. */
  readonly timeZone: string;
  /** ISO 4217; `revenue` counts only this currency. */
  readonly currency: string;
  /** Host names that belong to the site; a referrer on one of them is none. */
  readonly domains: readonly string[];
  readonly sessionTimeoutMinutes: number;
  readonly engagementThresholdSeconds: number;
  readonly keyEvents: readonly KeyEvent[];
  readonly excludePaths: readonly string[];
  readonly internalRules: readonly InternalRule[];
  readonly botRules: string;
  readonly channelRules: string;
}
