import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type NewSite, type Registry, siteIdOfKey, siteKeyOf } from './registry.js';

/** What an adapter can do beyond the port. */
export interface RegistryCapabilities {
  /** Another process's view of the same registry; `null` for one that lives in memory. */
  readonly another: (() => Promise<Registry>) | null;
}

const SITE: NewSite = {
  id: 'shop',
  name: 'Shop',
  domains: ['Shop.example'],
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
};

/** The promises of `Registry`, for any adapter. */
export function describeRegistry(
  name: string,
  open: () => Promise<Registry>,
  { another }: RegistryCapabilities,
): void {
  describe(`${name} keeps the promises of a registry`, () => {
    let registry: Registry;
    beforeEach(async () => {
      registry = await open();
    });
    afterEach(() => registry.close());

    it('starts with one live generation and no site', () => {
      expect(registry.view().liveGeneration('any')).toMatchObject({ id: 'g1', state: 'LIVE' });
      expect(registry.view().sites.size).toBe(0);
    });

    it('creates a site with its first definitions, once', async () => {
      await registry.createSite(SITE);
      expect(registry.view().sites.get('shop')).toMatchObject({ name: 'Shop', fanout: 1 });
      expect(registry.view().definitions('shop', 'g1')).toMatchObject({
        timeZone: 'Europe/Berlin',
        domains: ['shop.example'],
        keyEvents: [{ name: 'purchase', event: 'purchase', page: null }],
      });
      await expect(registry.createSite(SITE)).rejects.toMatchObject({ code: 'exists' });
    });

    it('updates and deletes a site; its tokens lose it', async () => {
      await registry.createSite(SITE);
      const made = await registry.createToken({ name: 't', role: 'READ', siteIds: ['shop'] });
      await registry.updateSite('shop', { name: 'New' });
      expect(registry.view().sites.get('shop')?.name).toBe('New');
      expect(await registry.deleteSite('shop')).toBe(true);
      expect(await registry.deleteSite('shop')).toBe(false);
      expect(registry.view().definitions('shop', 'g1')).toBeUndefined();
      expect(registry.tokenOf(made.secret)?.siteIds).toEqual([]);
      await expect(registry.updateSite('shop', {})).rejects.toMatchObject({ code: 'not_found' });
    });

    it('gives a site under the id of a deleted one a key of its own', async () => {
      const first = await registry.createSite(SITE);
      expect(siteKeyOf(first)).toBe('shop');
      expect(registry.view().hasKey('shop')).toBe(true);
      await registry.deleteSite('shop');
      expect(registry.view().hasKey('shop')).toBe(false);
      const second = await registry.createSite({ ...SITE, timeZone: 'UTC' });
      expect(siteKeyOf(second)).not.toBe('shop');
      expect(registry.view().definitions(siteKeyOf(second), 'g1')?.timeZone).toBe('UTC');
      expect(registry.view().definitions('shop', 'g1')).toBeUndefined();
      await registry.deleteSite('shop');
      expect(registry.view().definitions(siteKeyOf(second), 'g1')).toBeUndefined();
      const keys = [first, second, await registry.createSite(SITE)].map(siteKeyOf);
      expect(new Set(keys).size).toBe(3);
      expect(keys.map(siteIdOfKey)).toEqual(['shop', 'shop', 'shop']);
      expect(registry.view().hasKey(keys[2] as string)).toBe(true);
      expect(registry.view().hasKey(keys[1] as string)).toBe(false);
    });

    it('knows a token by its secret until it is revoked', async () => {
      const { token, secret } = await registry.createToken({
        name: 't',
        role: 'WRITE',
        siteIds: null,
      });
      expect(registry.tokenOf(secret)).toEqual(token);
      expect(registry.tokenOf(`${secret}x`)).toBeUndefined();
      expect(JSON.stringify([...registry.view().tokens])).not.toContain(secret);
      expect(await registry.revokeToken(token.id)).toBe(true);
      expect(registry.tokenOf(secret)).toBeUndefined();
    });

    it('makes one administrator through the newest set-up secret', async () => {
      const old = await registry.issueSetupToken();
      const setupToken = await registry.issueSetupToken();
      const person = { name: 'admin', password: 'correct horse' };
      await expect(
        registry.createAdministrator({ ...person, setupToken: old ?? '' }),
      ).rejects.toMatchObject({ code: 'bad_setup_token' });
      await registry.createAdministrator({ ...person, setupToken: setupToken ?? '' });
      expect(await registry.issueSetupToken()).toBeNull();
      await expect(
        registry.createAdministrator({ ...person, setupToken: setupToken ?? '' }),
      ).rejects.toMatchObject({ code: 'set_up' });
    });

    it('signs in with the right password only, and out', async () => {
      const setupToken = (await registry.issueSetupToken()) ?? '';
      await registry.createAdministrator({ name: 'admin', password: 'correct horse', setupToken });
      expect(await registry.signIn('admin', 'wrong')).toBeNull();
      expect(await registry.signIn('nobody', 'correct horse')).toBeNull();
      const signedIn = await registry.signIn('admin', 'correct horse');
      expect(registry.sessionOf(signedIn?.session ?? '')).toMatchObject({ name: 'admin' });
      await registry.signOut(signedIn?.session ?? '');
      expect(registry.sessionOf(signedIn?.session ?? '')).toBeUndefined();
    });

    it('has one salt per day and forgets old ones', async () => {
      const [a, b] = await Promise.all([
        registry.saltOf('2026-01-01'),
        registry.saltOf('2026-01-01'),
      ]);
      expect(a).toEqual(b);
      expect(await registry.saltOf('2026-01-02')).not.toEqual(a);
      const c = await registry.saltOf('2026-01-03');
      const later = await registry.saltOf('2026-01-04');
      await registry.keepSalts('2026-01-02', '2026-01-03');
      expect(await registry.saltOf('2026-01-01')).not.toEqual(a);
      expect(await registry.saltOf('2026-01-03')).toEqual(c);
      expect(await registry.saltOf('2026-01-04')).not.toEqual(later);
    });

    if (another !== null) {
      it('shows a change to another process', async () => {
        const other = await another();
        await registry.createSite(SITE);
        await other.refresh();
        expect(other.view().sites.has('shop')).toBe(true);
        await other.close();
      });
    }
  });
}
