import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REFUSAL_HOURS_MAX, type RefusalStore } from './refusal-store.js';

const HOUR_MS = 3_600_000;

/** The promises of `RefusalStore`, for any adapter. */
export function describeRefusalStore(name: string, open: () => Promise<RefusalStore>): void {
  describe(`${name} keeps the promises of a refusal store`, () => {
    let store: RefusalStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    const refuse = (code: string, at: number, siteId = 'shop', count = 1) =>
      store.record({ siteId, code, count, at, sample: `${code} at ${at}` });

    it('adds up by site and reason, with the newest sample', async () => {
      const now = 500_000 * HOUR_MS;
      refuse('bad_json', now, 'shop', 3);
      const newest = now + HOUR_MS + 1;
      refuse('bad_json', newest);
      // What comes later in the same hour may be older all the same.
      refuse('bad_json', newest - 1, 'shop', 0);
      refuse('too_large', now);
      refuse('bad_json', now, 'other');
      expect(await store.list('shop', 0)).toEqual([
        {
          code: 'bad_json',
          count: 4,
          lastAt: newest,
          sample: `bad_json at ${newest}`,
        },
        { code: 'too_large', count: 1, lastAt: now, sample: `too_large at ${now}` },
      ]);
      expect((await store.list('shop', now + 1)).map(({ count }) => count)).toEqual([1]);
    });

    it('forgets what is too old and stays bounded whatever names are sent', async () => {
      const now = 500_000 * HOUR_MS;
      refuse('bad_json', now);
      refuse('bad_json', now + (REFUSAL_HOURS_MAX + 1) * HOUR_MS, 'other');
      expect(await store.list('shop', 0)).toEqual([]);
      for (let index = 0; index < 25_000; index += 1) refuse('unknown_site', now, `site-${index}`);
      expect(await store.list('site-0', 0)).toEqual([]);
      expect((await store.list('site-24999', 0)).length).toBe(1);
    });
  });
}
