import type { ClientFacts } from '#events';
import { Memo } from '../memo.js';
import { NO_TEXT, NOT_SET, type TextNumber, type Texts } from '../texts.js';
import { DEVICE_PARTS, type DeviceFacts } from './conclusions.js';
import { TIME_ZONE_COUNTRIES } from './data/time-zones.js';
import { deviceOf } from './device.js';
import { isBotAgent } from './traffic-class.js';

/** Browsers that are met at about the same time. */
const CLIENTS_MAX = 10_000;
/** User agents that differ; a large site sees a few thousand. */
const AGENTS_MAX = 8_000;
const LANGUAGES_MAX = 2_000;
const SCREEN = /^[1-9]\d{0,4}x[1-9]\d{0,4}$/;
/** Between the parts of a memo's key: never part of a header. */
const CUT = '\u0000';

/** Everything that is concluded from what a browser says about itself; texts by their numbers. */
export interface ClientConclusions {
  readonly isBot: boolean;
  /** One number for each of `DEVICE_PARTS`; `null` without a user agent. */
  readonly device: readonly TextNumber[] | null;
  /** The same for a browser that is driven by a program. */
  readonly botDevice: readonly TextNumber[] | null;
  readonly language: TextNumber;
  readonly screen: TextNumber;
  /** Where its time zone is: country, region, city. */
  readonly zonePlace: readonly TextNumber[];
}

/** Draws those conclusions; once for each object, and most of the work once for each text. */
export function createClients(texts: Texts): (client: ClientFacts) => ClientConclusions {
  const agents = new Memo<{ isBot: boolean; facts: DeviceFacts }>(AGENTS_MAX, (key) => {
    const cut = key.lastIndexOf(CUT);
    const userAgent = key.slice(0, cut);
    const hints = key.slice(cut + 1);
    const isBot = isBotAgent(userAgent);
    return { isBot, facts: deviceOf(userAgent, hints || null, isBot) };
  });
  const deviceNumbers = (facts: DeviceFacts) =>
    DEVICE_PARTS.map((part) => texts.numberOf(facts[part] ?? NOT_SET));
  const languages = new Memo<{ tag: string | null }>(LANGUAGES_MAX, canonicalLanguage);
  const clients = new Memo<ClientConclusions, ClientFacts>(CLIENTS_MAX, (client) => {
    const { userAgent, clientHints, language, screen, timeZone } = client;
    const agent = userAgent === null ? null : agents.get(userAgent + CUT + (clientHints ?? ''));
    return {
      isBot: agent?.isBot === true,
      device: agent === null ? null : deviceNumbers(agent.facts),
      botDevice: agent === null ? null : deviceNumbers({ ...agent.facts, device: 'bot' }),
      language: texts.numberOfOptional(language === null ? null : languages.get(language).tag),
      screen: texts.numberOfOptional(screen !== null && SCREEN.test(screen) ? screen : null),
      zonePlace: [texts.numberOfOptional(countryOfZone(timeZone)), NO_TEXT, NO_TEXT],
    };
  });
  return (client) => clients.get(client);
}

function countryOfZone(timeZone: string | null): string | null {
  return timeZone === null ? null : (TIME_ZONE_COUNTRIES.get(timeZone) ?? null);
}

function canonicalLanguage(tag: string): { tag: string | null } {
  try {
    return { tag: Intl.getCanonicalLocales(tag)[0] ?? null };
  } catch (error) {
    if (error instanceof RangeError) return { tag: null };
    throw error;
  }
}
