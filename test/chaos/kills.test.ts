import { describe, expect, it } from '@jest/globals';
import { runKills } from './kills.testing.js';

const KILLS = Number(process.env['CHAOS_KILLS'] ?? 10);
const SECONDS_PER_KILL = 6;

describe('kill −9 at random moments under load', () => {
  it(
    `loses nothing and counts nothing twice in ${KILLS} kills`,
    async () => {
      const result = await runKills(KILLS, 20261126);
      process.stderr.write(`${JSON.stringify({ kills: KILLS, ...result })}\n`);
      expect(result.sent).toBeGreaterThan(0);
      expect(result.counted).toBe(result.sent);
      // Above 4,096 distinct visitors are an estimate.
      const error = Math.abs(result.countedVisitors / result.visitors - 1);
      expect(error).toBeLessThanOrEqual(result.visitors > 1000 ? 0.04 : 0);
      expect(result.verify.text).toContain('all equal');
      expect(result.verify.code).toBe(0);
    },
    (60 + KILLS * SECONDS_PER_KILL) * 1000,
  );
});
