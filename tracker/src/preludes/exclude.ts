/** Leaves a person out who asks for it by an address: `#hindsight-ignore`, and back by `#hindsight-count`. */
import { OPTED_OUT } from '../privacy/decide.js';
import type { Settings } from '../script/settings.js';

declare const $$: Settings;

try {
  const { name_ } = $$;
  if (location.hash === `#${name_}-ignore`) localStorage.setItem(`${name_}-`, OPTED_OUT);
  if (location.hash === `#${name_}-count`) localStorage.removeItem(`${name_}-`);
} catch {
  // A page without a storage cannot remember it.
}
