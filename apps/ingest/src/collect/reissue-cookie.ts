import type { IncomingMessage } from 'node:http';
import { COOKIE_SECONDS } from '../script/assemble.js';
import { cookieDomainOf, isSameSite } from '../script/cookie-domain.js';

/** Longer than any that the tracker makes. */
const VALUE_MAX = 160;
const VALUE = /^[A-Za-z0-9_-]{1,64}(\.\d{1,12}){4}$/;

/**
 * The visitor's own cookie as a `Set-Cookie` header, for a page of the same site: one that a script wrote is
 * deleted after seven days by some browsers, one that a server sent is not.
 * @param key name, `=` and version of the cookie
 * @param domains of the site
 * @returns `null` when there is nothing to re-issue
 */
export function reissuedCookie(
  request: IncomingMessage,
  key: string,
  domains: readonly string[],
): string | null {
  const { cookie, origin, host } = request.headers;
  if (cookie === undefined || host === undefined || !cookie.includes(key)) return null;
  const found = cookie.split(/; */).find((each) => each.startsWith(key));
  const value = found?.slice(key.length) ?? '';
  if (value.length > VALUE_MAX || !VALUE.test(value)) return null;
  const pageHost = hostOf(origin) ?? host;
  if (!isSameSite(pageHost, host)) return null;
  const domain = cookieDomainOf(host);
  const isDomainWide = domain !== null && domains.some((each) => cookieDomainOf(each) === domain);
  // The tracker's cookie is this host's alone, and the page has another: it would be a second cookie.
  if (!isDomainWide && hostname(pageHost) !== hostname(host)) return null;
  const secure = origin?.startsWith('https:') ? '; Secure' : '';
  const wide = isDomainWide ? `; Domain=${domain}` : '';
  return `${key}${value}; Path=/; Max-Age=${COOKIE_SECONDS}; SameSite=Lax${secure}${wide}`;
}

const hostname = (host: string) => host.toLowerCase().replace(/:\d+$/, '');

function hostOf(origin: string | undefined): string | null {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;
}
