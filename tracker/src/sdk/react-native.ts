/** For React Native: everything of the platform comes in as an argument, so that nothing of it is needed here. */
import type { Connectivity, Lifecycle, Storage, Transport } from './adapters.js';
import { Client } from './client.js';
import type { ClientOptions } from './client-options.js';
import type { AnyEvents, EventMap } from './event-map.js';
import { httpTransport } from './http-transport.js';
import { attempt, StoredIdentity } from './identity.js';
import { takeFromWebView } from './web-view.js';

export * from './core.js';

const FLUSH_AT = 20;
const FLUSH_MS = 30_000;
const VERSION_KEY = 'hindsight-version';
/** Nobody looks at an application for longer without a sign of it. */
const STRETCH_MAX_MS = 30 * 60_000;

/** As `@react-native-async-storage/async-storage` has it. */
export interface AsyncStorage {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, text: string): Promise<unknown>;
  removeItem(key: string): Promise<unknown>;
}

/** As `AppState` of `react-native` has it. */
export interface AppState {
  readonly currentState: string | null;
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void };
}

/** As `@react-native-community/netinfo` has it. */
export interface NetInfo {
  addEventListener(listener: (state: { isConnected: boolean | null }) => void): () => void;
}

export interface ReactNativeOptions extends ClientOptions {
  readonly host: string;
  readonly storage: AsyncStorage;
  readonly appState: AppState;
  readonly netInfo?: NetInfo;
  /** Name and version of the application, and of the system it runs on. */
  readonly app: { readonly name: string; readonly version: string; readonly system: string };
  /** `{ screen: '390x844', language: 'de-DE', timeZone: 'Europe/Berlin' }`, as far as known. */
  readonly device?: {
    readonly screen?: string;
    readonly language?: string;
    readonly timeZone?: string;
  };
  /** Instead of `fetch`. */
  readonly transport?: Transport;
}

/** A client of an application that is opened, left and opened again. */
export class AppTracker<Events extends EventMap<Events> = AnyEvents> extends Client<Events> {
  /** A deep link that opened the application: its campaign is the session's. */
  opened(url: string): void {
    this.add('app_open', { u: url });
  }

  /** A message of a page in a WebView: true when it was the page's tracker. */
  receive(message: string): boolean {
    return takeFromWebView(message, (event) => this.add(event.n, event));
  }
}

/** Begins at once: `first_open`, `app_update` or `app_open`, then what the application tracks. */
export function createTracker<Events extends EventMap<Events> = AnyEvents>(
  options: ReactNativeOptions,
): AppTracker<Events> {
  const { host, app, device = {}, netInfo, appState } = options;
  const storage = storageOf(options.storage);
  const userAgent = `${app.name}/${app.version} (${app.system})`;
  const tracker = new AppTracker<Events>(
    {
      transport: options.transport ?? httpTransport({ host, headers: { 'user-agent': userAgent } }),
      identity: new StoredIdentity(storage),
      storage,
      lifecycle: lifecycleOf(appState),
      ...(netInfo && { connectivity: connectivityOf(netInfo) }),
      context: () => ({ sc: device.screen, l: device.language, z: device.timeZone }),
    },
    { flushAt: FLUSH_AT, flushMs: FLUSH_MS, ...options },
  );
  void tellStart(tracker, storage, app.version);
  tellStays(tracker, appState);
  return tracker;
}

async function tellStart(
  tracker: { add(name: string, fields: object): void },
  storage: Storage,
  version: string,
): Promise<void> {
  let before: string | null | undefined;
  try {
    before = await storage.get(VERSION_KEY);
  } catch {
    return;
  }
  if (before == null) tracker.add('first_open', {});
  else if (before !== version) tracker.add('app_update', { p: { previous_version: before } });
  attempt(() => storage.set(VERSION_KEY, version));
}

/** `app_open` with every return, `app_background` and the time in front with every leave. */
function tellStays(tracker: { add(name: string, fields: object): void }, appState: AppState): void {
  let since: number | null = null;
  const change = (state: string | null) => {
    const isActive = state === 'active';
    if (isActive && since === null) {
      since = Date.now();
      tracker.add('app_open', {});
    } else if (state === 'background' && since !== null) {
      tracker.add('user_engagement', { d: Math.min(Date.now() - since, STRETCH_MAX_MS) });
      tracker.add('app_background', {});
      since = null;
    }
  };
  change(appState.currentState);
  appState.addEventListener('change', change);
}

function storageOf(storage: AsyncStorage): Storage {
  return {
    get: (key) => storage.getItem(key),
    set: (key, text) => storage.setItem(key, text),
    remove: (key) => storage.removeItem(key),
  };
}

function lifecycleOf(appState: AppState): Lifecycle {
  return {
    subscribe(change) {
      const subscription = appState.addEventListener('change', (state) => {
        if (state === 'active') change(true);
        if (state === 'background') change(false);
      });
      return () => subscription.remove();
    },
  };
}

function connectivityOf(netInfo: NetInfo): Connectivity {
  return {
    subscribe(online) {
      let wasConnected = true;
      return netInfo.addEventListener(({ isConnected }) => {
        if (isConnected === true && !wasConnected) online();
        wasConnected = isConnected !== false;
      });
    },
  };
}
