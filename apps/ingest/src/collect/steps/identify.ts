import { createHash } from 'node:crypto';
import type { DailySalts } from '../daily-salts.js';
import type { Hit } from '../hit.js';
import type { Refused } from '../refusal.js';

/** Characters of a hashed visitor id: 132 bits. */
const VISITOR_CHARACTERS = 22;

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
