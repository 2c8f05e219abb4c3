import { Memo } from '#domain';
import type { ParsedUrl } from '#events';

/** URLs remembered per generation: pages and referrers of a site repeat. */
const REMEMBERED_MAX = 5_000;

const remembered = new Memo<ParsedUrl>(REMEMBERED_MAX, parse);

/** Parses a URL once, as the WHATWG parser does, without user name and password. */
export function parseUrl(text: string): ParsedUrl {
  return remembered.get(text);
}

function parse(text: string): ParsedUrl {
  if (!URL.canParse(text)) {
    return { href: text, hostStart: -1, hostEnd: -1, pathStart: -1, pathEnd: -1, queryEnd: -1 };
  }
  const url = new URL(text);
  url.username = '';
  url.password = '';
  const { href } = url;
  const hash = href.indexOf('#');
  const queryEnd = hash === -1 ? href.length : hash;
  const query = href.indexOf('?');
  const pathEnd = query === -1 || query > queryEnd ? queryEnd : query;
  const pathStart = pathEnd - url.pathname.length;
  const hostEnd = url.port === '' ? pathStart : pathStart - url.port.length - 1;
  return { href, hostStart: hostEnd - url.hostname.length, hostEnd, pathStart, pathEnd, queryEnd };
}

/** Cuts a text to `most` UTF-16 units, never inside a surrogate pair. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}
