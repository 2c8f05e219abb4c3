import { BOT_RULES_VERSION, CHANNEL_RULES_VERSION, type Definitions } from '#domain';

/** Definitions as the API shows them. */
export function definitionsAnswer(definitions: Definitions): object {
  return {
    ...definitions,
    botRules: { version: definitions.botRules, newest: BOT_RULES_VERSION },
    channelRules: { version: definitions.channelRules, newest: CHANNEL_RULES_VERSION },
  };
}
