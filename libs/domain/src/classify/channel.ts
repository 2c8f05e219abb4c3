import { kindOfSource } from './source.js';

/** Version of the rules below, part of the definitions that a number came from. */
export const CHANNEL_RULES_VERSION = 'ga4-2026-05';

/** What the rules look at; all lower case but for `(direct)` and the like. */
interface Origin {
  readonly source: string;
  readonly medium: string;
  readonly campaign: string;
  readonly kind: string;
}

const PAID = /^(.*cp.*|ppc|retargeting|paid.*)$/i;
const SHOPPING = /^(.*(([^a-df-z]|^)shop|shopping).*)$/i;
const VIDEO = /^(.*video.*)$/i;
const DISPLAY = new Set(['display', 'banner', 'expandable', 'interstitial', 'cpm']);
const SOCIAL = new Set([
  'social',
  'social-network',
  'social-media',
  'sm',
  'social network',
  'social media',
]);
const EMAIL = new Set(['email', 'e-mail', 'e_mail', 'e mail']);
const REFERRAL = new Set(['referral', 'app', 'link']);

/**
 * GA4's default channel group, in its order, first match wins; AI Assistant just before Referral.
 * Source: Google, "Default channel group", with the site lists replaced by the table of sources.
 */
const RULES: readonly (readonly [string, (from: Origin) => boolean])[] = [
  [
    'Direct',
    ({ source, medium }) =>
      source === '(direct)' && (medium === '(none)' || medium === '(not set)'),
  ],
  ['Cross-network', ({ campaign }) => campaign.includes('cross-network')],
  ['Paid Shopping', (from) => isShopping(from) && PAID.test(from.medium)],
  ['Paid Search', ({ kind, medium }) => kind === 'search' && PAID.test(medium)],
  ['Paid Social', ({ kind, medium }) => kind === 'social' && PAID.test(medium)],
  ['Paid Video', ({ kind, medium }) => kind === 'video' && PAID.test(medium)],
  ['Display', ({ medium }) => DISPLAY.has(medium)],
  ['Paid Other', ({ medium }) => PAID.test(medium)],
  ['Organic Shopping', (from) => isShopping(from)],
  ['Organic Social', ({ kind, medium }) => kind === 'social' || SOCIAL.has(medium)],
  ['Organic Video', ({ kind, medium }) => kind === 'video' || VIDEO.test(medium)],
  ['Organic Search', ({ kind, medium }) => kind === 'search' || medium === 'organic'],
  ['AI Assistant', ({ kind, medium }) => kind === 'ai' || medium === 'ai-assistant'],
  ['Referral', ({ medium }) => REFERRAL.has(medium)],
  ['Email', ({ source, medium }) => EMAIL.has(source) || EMAIL.has(medium)],
  ['Affiliates', ({ medium }) => medium === 'affiliate'],
  ['Audio', ({ medium }) => medium === 'audio'],
  ['SMS', ({ source, medium }) => source === 'sms' || medium === 'sms'],
  [
    'Mobile Push Notifications',
    ({ source, medium }) =>
      medium.endsWith('push') ||
      medium.includes('mobile') ||
      medium.includes('notification') ||
      source === 'firebase',
  ],
];

function isShopping({ kind, campaign }: Origin): boolean {
  return kind === 'shopping' || SHOPPING.test(campaign);
}

/** The channel of a source, medium and campaign name. */
export function channelOf(source: string, medium: string, campaign: string): string {
  const from: Origin = {
    source,
    medium: medium.toLowerCase(),
    campaign: campaign.toLowerCase(),
    kind: kindOfSource(source) ?? '',
  };
  return RULES.find(([, matches]) => matches(from))?.[0] ?? 'Unassigned';
}
