import { describe, expect, it } from '@jest/globals';
import { Client, noIdentity } from '../../tracker/src/sdk/core.js';
import { createTracker, type ReactNativeOptions } from '../../tracker/src/sdk/react-native.js';
import { webViewTransport } from '../../tracker/src/sdk/web-view.js';
import { FakeCollector, FakeStorage, Place, settle } from './sdk.testing.js';

describe('an application', () => {
  class Phone {
    readonly collector = new FakeCollector();
    readonly disk = new FakeStorage();
    private listeners = new Set<(state: string) => void>();
    currentState = 'active';

    start(version = '1.0'): ReturnType<typeof createTracker> {
      this.currentState = 'active';
      this.listeners.clear();
      const options: ReactNativeOptions = {
        site: 'app',
        host: 'https://hits.example',
        transport: this.collector,
        storage: {
          getItem: (key) => this.disk.get(key),
          setItem: (key, text) => this.disk.set(key, text),
          removeItem: (key) => this.disk.remove(key),
        },
        appState: {
          currentState: this.currentState,
          addEventListener: (_type, listener) => {
            this.listeners.add(listener);
            return { remove: () => this.listeners.delete(listener) };
          },
        },
        app: { name: 'Shop', version, system: 'iOS 18' },
        device: { screen: '390x844', language: 'de-DE', timeZone: 'Europe/Berlin' },
      };
      return createTracker(options);
    }

    async move(state: string): Promise<void> {
      this.currentState = state;
      for (const listener of this.listeners) listener(state);
      await settle();
    }
  }

  it('tells its first start, updates, returns, and the time it was in front', async () => {
    const phone = new Phone();
    const first = phone.start();
    await settle();
    first.screen('Home');
    await phone.move('inactive');
    await phone.move('background');
    expect(phone.collector.names.sort()).toEqual(
      ['app_background', 'app_open', 'first_open', 'screen_view', 'user_engagement'].sort(),
    );
    await phone.move('active');
    await phone.move('background');
    expect(phone.collector.names.filter((name) => name === 'app_open')).toHaveLength(2);
    const second = phone.start('1.1');
    await settle();
    second.opened('shop://basket?utm_source=mail');
    await second.flush();
    const events = phone.collector.batches.flatMap(({ e }) => e);
    expect(events.find(({ n }) => n === 'app_update')?.p).toEqual({ previous_version: '1.0' });
    expect(events.filter(({ n }) => n === 'first_open')).toHaveLength(1);
    expect(events.find((event) => 'u' in event && event.n === 'app_open')).toMatchObject({
      u: 'shop://basket?utm_source=mail',
    });
    const visitors = new Set(phone.collector.batches.map(({ c }) => c));
    expect(visitors.size).toBe(1);
  });

  it('takes the events of its own pages, with their ids, under its own visitor', async () => {
    const phone = new Phone();
    const app = phone.start();
    await settle();
    const place = new Place();
    const messages: string[] = [];
    const page = new Client(
      {
        transport: webViewTransport({ postMessage: (text) => messages.push(text) }),
        identity: noIdentity,
        storage: null,
        clock: place.clock,
      },
      { site: 'app' },
    );
    page.track('in page', { n: 1 });
    await page.flush();
    expect(messages.map((message) => app.receive(message))).toEqual([true]);
    expect(app.receive('{"from":"somebody else"}')).toBe(false);
    expect(app.receive('hindsight:nonsense')).toBe(true);
    await app.flush();
    expect(phone.collector.names).toContain('in page');
  });
});
