/** What a source is; decides the medium of a plain referral and the channel. */
export type SourceKind = 'search' | 'social' | 'shopping' | 'ai' | 'video' | 'email';

/** One source of the table: its hosts, and the values of `utm_source` that mean it. */
export interface SourceRow {
  readonly source: string;
  readonly kind: string;
  readonly domains: readonly string[];
  readonly aliases?: readonly string[];
}
