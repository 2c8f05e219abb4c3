import type { ClientFacts } from '#events';
import { Memo } from '../memo.js';
import { Noted } from '../noted.js';
import { NO_TEXT, NOT_SET, type TextNumber, type Texts } from '../texts.js';
import { DEVICE_PARTS, type DeviceFacts } from './conclusions.js';
import { TIME_ZONE_COUNTRIES } from './data/time-zones.js';
import { deviceOf } from './device.js';
import { isBotAgent } from './traffic-class.js';

/** User agents that differ; a large site sees a few thousand. */
const AGENTS_MAX = 8_000;
const LANGUAGES_MAX = 2_000;
const SCREENS_MAX = 2_000;
const ZONES_MAX = 1_000;
const SCREEN = /^[1-9]\d{0,4}x[1-9]\d{0,4}$/;
/** Hints that differ and come with one user agent. */
const HINTS_MAX = 32;

/** What is concluded from a user agent and its hints; texts by their numbers. */
export interface Agent {
  readonly isBot: boolean;
  /** One number for each of `DEVICE_PARTS`; `null` without a user agent. */
  readonly device: readonly TextNumber[] | null;
  /** The same for a browser that is driven by a program. */
  readonly botDevice: readonly TextNumber[] | null;
}

/** What is concluded from everything that a browser says about itself. */
export interface Client {
  readonly agent: Agent;
  readonly language: TextNumber;
  readonly screen: TextNumber;
  /** Where its time zone is: country, region, city. */
  readonly zonePlace: readonly TextNumber[];
}

const NO_AGENT: Agent = { isBot: false, device: null, botDevice: null };
const NOWHERE: readonly TextNumber[] = [NO_TEXT, NO_TEXT, NO_TEXT];

/** Concludes from what a browser says about itself, each text only once. */
export class Clients {
  /** By the object that was read from the log once for all events of a browser. */
  private readonly clients = new Noted<ClientFacts, Client>((facts) => this.conclude(facts));
  private readonly agents: Memo<Agent>;
  /** By user agent, then by hints. */
  private readonly hinted: Memo<Memo<Agent>>;
  private readonly languages: Memo<TextNumber>;
  private readonly screens: Memo<TextNumber>;
  private readonly zones: Memo<readonly TextNumber[]>;

  constructor(private readonly texts: Texts) {
    this.agents = new Memo(AGENTS_MAX, (userAgent) => this.parse(userAgent, null));
    this.hinted = new Memo(
      AGENTS_MAX,
      (userAgent) => new Memo(HINTS_MAX, (hints) => this.parse(userAgent, hints)),
    );
    this.languages = new Memo(LANGUAGES_MAX, (tag) =>
      texts.numberOfOptional(canonicalLanguage(tag)),
    );
    this.screens = new Memo(SCREENS_MAX, (size) =>
      texts.numberOfOptional(SCREEN.test(size) ? size : null),
    );
    this.zones = new Memo(ZONES_MAX, (zone) => {
      const country = TIME_ZONE_COUNTRIES.get(zone);
      return country === undefined ? NOWHERE : [texts.numberOf(country), NO_TEXT, NO_TEXT];
    });
  }

  of(facts: ClientFacts): Client {
    return this.clients.of(facts);
  }

  private conclude(facts: ClientFacts): Client {
    return {
      agent: this.agentOf(facts),
      language: this.languageOf(facts),
      screen: this.screenOf(facts),
      zonePlace: this.zonePlaceOf(facts),
    };
  }

  private agentOf({ userAgent, clientHints }: ClientFacts): Agent {
    if (userAgent === null) return NO_AGENT;
    if (!clientHints) return this.agents.get(userAgent);
    return this.hinted.get(userAgent).get(clientHints);
  }

  private languageOf({ language }: ClientFacts): TextNumber {
    return language === null ? NO_TEXT : this.languages.get(language);
  }

  private screenOf({ screen }: ClientFacts): TextNumber {
    return screen === null ? NO_TEXT : this.screens.get(screen);
  }

  private zonePlaceOf({ timeZone }: ClientFacts): readonly TextNumber[] {
    return timeZone === null ? NOWHERE : this.zones.get(timeZone);
  }

  private parse(userAgent: string, hints: string | null): Agent {
    const isBot = isBotAgent(userAgent);
    const facts = deviceOf(userAgent, hints, isBot);
    return {
      isBot,
      device: this.numbersOf(facts),
      botDevice: this.numbersOf({ ...facts, device: 'bot' }),
    };
  }

  private numbersOf(facts: DeviceFacts): readonly TextNumber[] {
    return DEVICE_PARTS.map((part) => this.texts.numberOf(facts[part] ?? NOT_SET));
  }
}

function canonicalLanguage(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
