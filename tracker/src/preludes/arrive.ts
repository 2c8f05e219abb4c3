/**
 * Takes over a visitor from another domain of the site. It stands before the script: the cookie is there before
 * the first view, and the parameter is gone before anything listens to the address.
 */
import { PARAMETER, readToken } from '../handover/token.js';
import type { Settings } from '../script/settings.js';

declare const $$: Settings;

try {
  const settings = $$;
  const url = new URL(location.href);
  const token = url.searchParams.get(PARAMETER);
  if (token !== null) {
    // As text: the rest of the query stays as it was written.
    const pattern = RegExp(`([?&])${PARAMETER}=[^&#]*(&|(?=#|$))`);
    const clean = location.href.replace(pattern, (_, before, after) =>
      after === '&' ? before : '',
    );
    history.replaceState(history.state, '', clean);
    const value = readToken(token);
    const isFree = settings.mode_ === undefined && settings.consent_ === undefined;
    const hasGpc = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
    if (value !== null && isFree && !hasGpc && !document.cookie.includes(settings.key_))
      document.cookie = settings.key_ + value + settings.attributes_;
  }
} catch {
  // A page that may not change its address: the view is counted as that of a new visitor.
}
