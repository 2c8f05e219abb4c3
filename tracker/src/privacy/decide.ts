import type { Mode, Settings } from '../script/settings.js';

/** From the strictest. */
const MODES: readonly Mode[] = ['off', 'cookieless', 'session'];
/** What is stored under `<name>-` of who wants to be left out. */
export const OPTED_OUT = 'off';

/** The browser's signals. */
export const signals = () => ({
  gpc: !!(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl,
  dnt: navigator.doNotTrack === '1',
});

/** The mode that the site's settings, the browser's signals and an opt-out lead to: the strictest of them. */
export function decide(settings: Settings, isOptedOut: boolean): Mode {
  const { gpc, dnt } = signals();
  const asked = [
    isOptedOut && OPTED_OUT,
    settings.mode_,
    gpc && (settings.gpc_ ?? 'cookieless'),
    dnt && settings.dnt_,
  ];
  return MODES.find((mode) => asked.includes(mode)) ?? 'cookie';
}
