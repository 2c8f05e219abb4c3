import { unsentKeys } from '../delivery/unsent.js';
import type { Settings } from '../script/settings.js';
import type { WireBatch } from '../wire.js';

/** Seconds without an event that end a session. */
const IDLE_SECONDS = 1800;
const FIELDS = 5;

/** Where the visitor's text is kept. */
export interface Jar {
  read(): string;
  write(text: string): void;
}

/** The fields of the cookie's value: visitor, created, session start, last seen, session number; or nothing. */
export function readVisitor(text: string, key: string): string[] | null {
  const fields = text.split(key)[1]?.split(/\W/).slice(0, FIELDS);
  return fields?.length === FIELDS ? fields : null;
}

/** As the core does it, over any jar: who is here, and the session that goes on or begins. */
export function touchVisitor(settings: Settings, jar: Jar): Pick<WireBatch, 'c' | 'n'> {
  const now = Math.floor(Date.now() / 1000);
  const known = readVisitor(jar.read(), settings.key_);
  const id = known?.[0] ?? crypto.getRandomValues(new Uint32Array(3)).join('');
  const isOver = !(now - Number(known?.[3]) < IDLE_SECONDS);
  const start = isOver ? now : Number(known?.[2]);
  const number = Number(known?.[4] ?? 0) + Number(isOver);
  jar.write(settings.key_ + [id, known?.[1] ?? now, start, now, number].join('.'));
  return { c: id, n: [start, number] };
}

/** The page's cookies; what they refuse is kept in memory. */
export function cookieJar(settings: Settings): Jar {
  let memory = '';
  return {
    read: () => document.cookie + memory,
    write(text) {
      memory = text;
      document.cookie = text + settings.attributes_;
    },
  };
}

/** This tab's storage. */
export function tabJar(settings: Settings): Jar {
  let memory = '';
  return {
    read() {
      try {
        return sessionStorage.getItem(settings.name_) ?? memory;
      } catch {
        return memory;
      }
    },
    write(text) {
      memory = text;
      try {
        sessionStorage.setItem(settings.name_, text);
      } catch {
        // A frame without storage: memory has it.
      }
    },
  };
}

/** Removes everything that was stored about the visitor. */
export function forget(settings: Settings): void {
  const cookie = settings.key_.split('=')[0];
  for (const attributes of [settings.attributes_, ';path=/'])
    document.cookie = `${cookie}=${attributes.replace(/;max-age=\d+/, '')};max-age=0`;
  for (const storage of ['localStorage', 'sessionStorage'] as const) {
    try {
      for (const key of [settings.name_, ...unsentKeys(settings.name_)])
        self[storage].removeItem(key);
    } catch {
      // There is no storage here, so nothing is left in it.
    }
  }
}
