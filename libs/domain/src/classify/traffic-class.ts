import { isbot } from 'isbot';
import type { InternalRule } from '../definitions.js';

/** Version of the bot rules, part of the definitions that a number came from. */
export const BOT_RULES_VERSION = 'isbot-5';

/** Whether a user agent names a robot. */
export function isBotAgent(userAgent: string): boolean {
  return isbot(userAgent);
}

/** Whether one of the owner's rules calls the traffic internal. */
export function isInternal(
  rules: readonly InternalRule[],
  hostname: string,
  userAgent: string,
): boolean {
  return rules.some(
    (rule) =>
      (rule.hostname !== null || rule.userAgent !== null) &&
      (rule.hostname === null || rule.hostname === hostname) &&
      (rule.userAgent === null || userAgent.toLowerCase().includes(rule.userAgent.toLowerCase())),
  );
}
