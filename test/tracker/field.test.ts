import { beforeAll, describe, expect, it } from '@jest/globals';
import { startBrowser } from '../../bench/field/browser.mjs';
import { ours } from '../../bench/field/trackers.mjs';
import { FieldServer, isRight, type Kind, STEPS, walk } from '../../bench/field/walk.mjs';

/** Ours sends a view after a quarter of a second, everything else within a second. */
const QUIET_MS = 1500;

describe('the visit on which trackers are compared (`npm run bench:tracker`)', () => {
  let cells: Kind[][];
  let preflights: number;
  beforeAll(async () => {
    const server = await FieldServer.start();
    const { context, close } = await startBrowser();
    cells = await walk(context, server, await ours(), QUIET_MS);
    ({ preflights } = server);
    await close();
    await server.close();
  });

  it.each(STEPS.map(({ name, right }, step) => ({ name, right, step })))(
    'sends what it should at: $name',
    ({ right, step }) => {
      const sent = cells[step] as Kind[];
      expect({ sent, isRight: isRight(sent, right) }).toEqual({ sent, isRight: true });
    },
  );

  it('asks for no preflight', () => {
    expect(preflights).toBe(0);
  });

  it('tells right from wrong', () => {
    expect(isRight([], 'view')).toBe(false);
    expect(isRight(['view', 'view'], 'view')).toBe(false);
    expect(isRight(['view'], '')).toBe(false);
    expect(isRight(['other'], 'attention')).toBe(false);
    expect(isRight(['attention', 'view'], 'attention? view')).toBe(true);
  });
});
