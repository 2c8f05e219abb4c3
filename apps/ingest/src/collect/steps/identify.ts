import { createHash } from 'node:crypto';
import type { Registry } from '#readmodel';
import type { Hit } from '../hit.js';
import type { Refused } from '../refusal.js';

/** Characters of a hashed visitor id: 132 bits. */
const VISITOR_CHARACTERS = 22;
/** Salts are deleted after 48 hours: with them goes the only way back from a visitor to an address. */
const SALT_DAYS = 2;
const DAY_MS = 86_400_000;

/** Salts of the days that hits arrive on, asked for once a day. */
export class DailySalts {
  private day = '';
  private salt: Buffer = Buffer.alloc(0);

  constructor(private readonly registry: Registry) {}

  /** The salt of the UTC day of an instant. */
  async at(receivedAt: number): Promise<Buffer> {
    const day = dayOf(receivedAt);
    if (day !== this.day) {
      const salt = await this.registry.saltOf(day);
      this.salt = salt;
      this.day = day;
      await this.registry.deleteSaltsBefore(dayOf(receivedAt - (SALT_DAYS - 1) * DAY_MS));
      // Around midnight another request may have put another day's salt in its place meanwhile.
      return salt;
    }
    return this.salt;
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Whose events these are: the visitor id that was sent, else a hash that lasts a day. */
export function identify(hit: Hit, salts: DailySalts): Refused | null | Promise<Refused | null> {
  let isComplete = true;
  for (const { wire: batch, events } of hit.batches) {
    for (const event of events) {
      event.visitorId = event.wire.visitorId ?? batch.visitorId ?? '';
      if (event.visitorId === '') isComplete = false;
    }
  }
  return isComplete ? null : hashMissing(hit, salts);
}

async function hashMissing(hit: Hit, salts: DailySalts): Promise<null> {
  const salt = await salts.at(hit.receivedAt);
  for (const { site, events } of hit.batches) {
    for (const event of events) {
      if (event.visitorId !== '') continue;
      const { address, userAgent } = event.wire;
      event.visitorId = hashVisitor(
        salt,
        site.id,
        address ?? hit.address,
        userAgent ?? hit.userAgent ?? '',
      );
    }
  }
  return null;
}

/** Cookieless visitor id. The address goes into the hash and nowhere else. */
export function hashVisitor(salt: Buffer, siteId: string, address: string, agent: string): string {
  return createHash('sha256')
    .update(salt)
    .update(`${siteId}\n${address}\n${agent}`)
    .digest('base64url')
    .slice(0, VISITOR_CHARACTERS);
}
