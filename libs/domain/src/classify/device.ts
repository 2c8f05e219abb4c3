import { UAParser } from 'ua-parser-js';
import type { DeviceFacts } from './conclusions.js';

const DEVICE_OF_TYPE: Readonly<Record<string, string>> = {
  mobile: 'mobile',
  tablet: 'tablet',
  smarttv: 'tv',
  console: 'console',
  wearable: 'wearable',
  embedded: 'other',
};
const DESKTOP =
  /^(windows|mac os|linux|chromium os|chrome os|ubuntu|debian|fedora|freebsd|openbsd|netbsd|solaris|mint|arch|gentoo|suse|red ?hat|centos|haiku|morphos)/i;

/** What client hints say, as the tracker sends them: the names of the browser's own interface. */
interface ClientHints {
  readonly mobile?: unknown;
  readonly platform?: unknown;
  readonly platformVersion?: unknown;
}

/** Device, browser and system of a user agent; hints win where desktop agents are frozen. */
export function deviceOf(
  userAgent: string,
  clientHints: string | null,
  isBot: boolean,
): DeviceFacts {
  const parsed = new UAParser(userAgent).getResult();
  const hints = readHints(clientHints);
  const browser = parsed.browser.name ?? null;
  const os = textOf(hints.platform) ?? parsed.os.name ?? null;
  const osVersion = textOf(hints.platformVersion) ?? parsed.os.version ?? null;
  return {
    device: isBot ? 'bot' : deviceKind(parsed.device.type, os, hints),
    browser,
    browserVersion: withVersion(browser, parsed.browser.version?.split('.')[0]),
    os,
    osVersion: withVersion(os, osVersion ?? undefined),
  };
}

function deviceKind(type: string | undefined, os: string | null, hints: ClientHints): string {
  if (type !== undefined) return DEVICE_OF_TYPE[type] ?? 'other';
  if (hints.mobile === true) return 'mobile';
  return os !== null && DESKTOP.test(os) ? 'desktop' : 'other';
}

function withVersion(name: string | null, version: string | undefined): string | null {
  if (name === null) return null;
  return version === undefined || version === '' ? name : `${name} ${version}`;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function readHints(json: string | null): ClientHints {
  if (json === null) return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
