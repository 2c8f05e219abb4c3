/** Parameter of an address that hands a visitor over to another domain of the same site. */
export const PARAMETER = '_hs';
/** Seconds in which a token is believed: a copied link must not make two people one. */
const VALID_SECONDS = 120;
/** Words of the user agent that stay from domain to domain; the rest may differ between frames. */
const coarseAgent = () => navigator.userAgent.replace(/[\d.]+/g, '');

/** FNV-1a, 32 bits, over UTF-16 units: against damage and copying between browsers, not against forgery. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** A token of the cookie's value: the value, when it was made, and a checksum over both and the browser. */
export function makeToken(value: string, now = Math.floor(Date.now() / 1000)): string {
  const body = `${value}.${now.toString(36)}`;
  return `${body}.${checksum(body + coarseAgent())}`;
}

/** The cookie's value of a token of this browser that is young enough, else `null`. */
export function readToken(token: string, now = Math.floor(Date.now() / 1000)): string | null {
  const fields = /^(([\w-]{1,64}(?:\.\d{1,12}){4})\.(\w{1,8}))\.(\w{1,8})$/.exec(token);
  if (fields === null) return null;
  const [, body, value, madeAt, sum] = fields as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  const age = now - Number.parseInt(madeAt, 36);
  return checksum(body + coarseAgent()) === sum && age >= -VALID_SECONDS && age <= VALID_SECONDS
    ? value
    : null;
}
