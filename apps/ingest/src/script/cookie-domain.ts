import { getDomain } from 'tldts';

/**
 * The widest domain that a cookie of this host may have: the public suffix and one label, `shop.co.uk` of
 * `www.shop.co.uk`. `null` where there is none: an address, `localhost`, a public suffix.
 */
export function cookieDomainOf(host: string): string | null {
  const hostname = host.toLowerCase().replace(/:\d+$/, '');
  return getDomain(hostname, { allowPrivateDomains: true, validateHostname: true });
}

/** Whether both hosts may share a cookie. */
export function isSameSite(one: string, other: string): boolean {
  const bare = (host: string) => host.toLowerCase().replace(/:\d+$/, '');
  if (bare(one) === bare(other)) return true;
  const domain = cookieDomainOf(one);
  return domain !== null && domain === cookieDomainOf(other);
}
