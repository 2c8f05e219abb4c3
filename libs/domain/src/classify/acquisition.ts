import type { ParsedUrl } from '#events';
import { readCampaign } from './campaign.js';
import { channelOf } from './channel.js';
import { type Acquisition, NOT_SET } from './conclusions.js';
import { type KnownSource, sourceOfCampaign, sourceOfHost, withoutWww } from './source.js';

/** A referrer from outside the site. */
interface Referrer {
  readonly host: string;
  readonly path: string;
  readonly known: KnownSource | null;
}

const MEDIUM_OF_KIND: Readonly<Record<string, string>> = {
  search: 'organic',
  ai: 'ai-assistant',
  email: 'email',
};

/** Host of a URL, or `''`. */
export function hostOf(url: ParsedUrl | null): string {
  return url === null || url.hostStart < 0 ? '' : url.href.slice(url.hostStart, url.hostEnd);
}

/** Whether a referrer's host is the page's own or belongs to the site. */
export function isOwnHost(host: string, ownHost: string, domains: readonly string[]): boolean {
  return (
    host === ownHost || domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
  );
}

/** Where a visit came from: per field the campaign parameters, else the external referrer, else direct. */
export function acquisitionOf(
  query: string,
  externalReferrer: ParsedUrl | null,
  ownHost: string,
  domains: readonly string[],
): Acquisition {
  const campaign = readCampaign(query);
  const referrer = referrerOf(externalReferrer, ownHost, domains);
  const source = sourceOf(campaign.source, campaign.clickSource, referrer);
  const medium = mediumOf(campaign, referrer);
  const name = campaign.campaign || NOT_SET;
  return {
    channel: channelOf(source, medium, name),
    source,
    medium,
    sourceMedium: `${source} / ${medium}`,
    campaign: name,
    term: campaign.term || NOT_SET,
    content: campaign.content || NOT_SET,
    referrer:
      referrer === null ? NOT_SET : referrer.host + (referrer.path === '/' ? '' : referrer.path),
  };
}

function referrerOf(
  url: ParsedUrl | null,
  ownHost: string,
  domains: readonly string[],
): Referrer | null {
  const fullHost = hostOf(url);
  if (url === null || fullHost === '' || isOwnHost(fullHost, ownHost, domains)) return null;
  const host = withoutWww(fullHost);
  const path = url.href.slice(url.pathStart, url.pathEnd);
  return { host, path, known: sourceOfHost(host, path) };
}

function sourceOf(tagged: string, clickSource: string, referrer: Referrer | null): string {
  if (tagged !== '') return sourceOfCampaign(tagged.toLowerCase());
  if (clickSource !== '') return clickSource;
  return referrer === null ? '(direct)' : (referrer.known?.source ?? referrer.host);
}

function mediumOf(
  campaign: { source: string; medium: string; clickSource: string },
  referrer: Referrer | null,
): string {
  if (campaign.medium !== '') return campaign.medium.toLowerCase();
  if (campaign.source !== '') return NOT_SET;
  if (campaign.clickSource !== '') return 'cpc';
  if (referrer === null) return '(none)';
  return MEDIUM_OF_KIND[referrer.known?.kind ?? ''] ?? 'referral';
}
