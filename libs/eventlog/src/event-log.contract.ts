import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SiteId } from '#events';
import type { EventLog, NewRecord } from './event-log.js';

/** What an adapter can do beyond the port, so that the suite knows what to ask. */
export interface EventLogCapabilities {
  /** Opens the same log again after `close`; `null` for a log that lives in memory. */
  readonly reopen: (() => Promise<EventLog>) | null;
}

/** A record whose bytes say what it is. */
export function recordOf(partition: number, text: string, siteId = 'site'): NewRecord {
  return { partition, siteId: siteId as SiteId, bytes: new TextEncoder().encode(text) };
}

/** Texts of a partition from an offset on. */
export async function textsFrom(log: EventLog, partition: number, from = 0): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const block = await log.read(partition, from + texts.length, 100);
    if (block === null) return texts;
    expect(block.firstOffset).toBe(from + texts.length);
    for (let index = 0; index < block.count; index += 1) {
      const bytes = block.bytes.subarray(block.startAt(index), block.startAt(index + 1));
      texts.push(new TextDecoder().decode(bytes));
    }
  }
}

/** The promises of `EventLog`, for any adapter. */
export function describeEventLog(
  name: string,
  open: () => Promise<EventLog>,
  { reopen }: EventLogCapabilities,
): void {
  describe(`${name} keeps the promises of an event log`, () => {
    let log: EventLog;
    beforeEach(async () => {
      log = await open();
    });
    afterEach(async () => {
      await log.close();
    });

    it('gives back what was appended, in order and without holes', async () => {
      await log.append([recordOf(0, 'a'), recordOf(1, 'x'), recordOf(0, 'b')]);
      await log.append([recordOf(0, 'c')]);
      expect(await textsFrom(log, 0)).toEqual(['a', 'b', 'c']);
      expect(await textsFrom(log, 0, 2)).toEqual(['c']);
      expect(await textsFrom(log, 1)).toEqual(['x']);
      expect(await log.head(0)).toBe(3);
      expect(await log.head(2)).toBe(0);
    });

    it('tells whose record it is without decoding', async () => {
      await log.append([recordOf(0, 'a', 'one'), recordOf(0, 'b', 'two'), recordOf(0, 'c', 'one')]);
      const block = await log.read(0, 1, 10);
      expect(block?.siteIdAt(0)).toBe('two');
      expect(block?.siteIdAt(1)).toBe('one');
    });

    it('keeps the order of concurrent appends and loses none', async () => {
      const texts = Array.from({ length: 500 }, (_, index) => `event ${index}`);
      await Promise.all(texts.map((text) => log.append([recordOf(0, text)])));
      expect(await textsFrom(log, 0)).toEqual(texts);
    });

    it('takes a large append and reads it in pieces', async () => {
      const records = Array.from({ length: 10_000 }, (_, index) =>
        recordOf(0, `${index} ${'long '.repeat(20)}`),
      );
      await log.append(records);
      const block = await log.read(0, 5_000, 10);
      expect(block?.count).toBe(10);
      expect((await textsFrom(log, 0)).length).toBe(10_000);
    });

    it('answers with null at the end and with an error beyond it', async () => {
      await log.append([recordOf(0, 'a')]);
      expect(await log.read(0, 1, 10)).toBeNull();
      await expect(log.read(0, 2, 10)).rejects.toMatchObject({ code: 'offset_out_of_range' });
      await expect(log.read(0, -1, 10)).rejects.toMatchObject({ code: 'offset_out_of_range' });
    });

    it('wakes whoever waits for an append', async () => {
      const waiting = log.waitForAppend(30_000);
      await log.append([recordOf(0, 'a')]);
      await waiting;
      expect(await log.head(0)).toBe(1);
    });

    it('refuses work when it is closed', async () => {
      await log.close();
      await expect(log.append([recordOf(0, 'a')])).rejects.toMatchObject({ code: 'closed' });
      await expect(log.head(0)).rejects.toMatchObject({ code: 'closed' });
    });

    if (reopen !== null) {
      it('has everything, its name and its partitions after it was closed and opened', async () => {
        await log.append([recordOf(0, 'a'), recordOf(3, 'z')]);
        const { id, partitions } = log;
        await log.close();
        log = await reopen();
        expect({ id: log.id, partitions: log.partitions }).toEqual({ id, partitions });
        expect(await textsFrom(log, 0)).toEqual(['a']);
        await log.append([recordOf(0, 'b')]);
        expect(await textsFrom(log, 0)).toEqual(['a', 'b']);
        expect(await textsFrom(log, 3)).toEqual(['z']);
      });
    }
  });
}
