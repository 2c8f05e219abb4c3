import type { ClientFacts } from '#events';
import { Memo } from '../memo.js';
import type { DeviceFacts, Place } from './conclusions.js';
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

/** Everything that is concluded from what a browser says about itself. */
export interface ClientConclusions {
  readonly isBot: boolean;
  /** `null` without a user agent. */
  readonly device: DeviceFacts | null;
  /** The same for a browser that is driven by a program. */
  readonly botDevice: DeviceFacts | null;
  readonly language: string | null;
  readonly screen: string | null;
  /** Where its time zone is. */
  readonly zonePlace: Place;
}

/** Draws those conclusions; once for each object, and most of the work once for each text. */
export function createClients(): (client: ClientFacts) => ClientConclusions {
  const agents = new Memo<{ isBot: boolean; facts: DeviceFacts }>(AGENTS_MAX, (key) => {
    const cut = key.lastIndexOf(CUT);
    const userAgent = key.slice(0, cut);
    const hints = key.slice(cut + 1);
    const isBot = isBotAgent(userAgent);
    return { isBot, facts: deviceOf(userAgent, hints || null, isBot) };
  });
  const languages = new Memo<{ tag: string | null }>(LANGUAGES_MAX, canonicalLanguage);
  const clients = new Memo<ClientConclusions, ClientFacts>(CLIENTS_MAX, (client) => {
    const { userAgent, clientHints, language, screen, timeZone } = client;
    const agent = userAgent === null ? null : agents.get(userAgent + CUT + (clientHints ?? ''));
    return {
      isBot: agent?.isBot === true,
      device: agent?.facts ?? null,
      botDevice: agent === null ? null : { ...agent.facts, device: 'bot' },
      language: language === null ? null : languages.get(language).tag,
      screen: screen !== null && SCREEN.test(screen) ? screen : null,
      zonePlace: timeZone === null ? NOWHERE : (BY_ZONE.get(timeZone) ?? NOWHERE),
    };
  });
  return (client) => clients.get(client);
}

const NOWHERE: Place = { country: null, region: null, city: null };
const BY_ZONE = new Map<string, Place>();
for (const [zone, country] of TIME_ZONE_COUNTRIES) {
  BY_ZONE.set(zone, { country, region: null, city: null });
}

function canonicalLanguage(tag: string): { tag: string | null } {
  try {
    return { tag: Intl.getCanonicalLocales(tag)[0] ?? null };
  } catch (error) {
    if (error instanceof RangeError) return { tag: null };
    throw error;
  }
}
