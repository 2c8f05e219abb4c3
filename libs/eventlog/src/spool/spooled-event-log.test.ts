import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeEventLog, recordOf, textsFrom } from '../event-log.contract.js';
import { EventLogError, type NewRecord } from '../event-log.js';
import { MemoryEventLog } from '../memory/memory-event-log.js';
import { SpooledEventLog } from './spooled-event-log.js';

const PARTITIONS = 3;
const BYTES_MAX = 1 << 20;
const RETRY_MS = 5;

/** A log that can be away; a batch that fails may have been taken all the same. */
class MoodyLog extends MemoryEventLog {
  isAway = false;
  takesAndFails = false;
  private queue: Promise<void> = Promise.resolve();

  override append(records: readonly NewRecord[]): Promise<void> {
    // One at a time, and all that wait behind a failure go back in order, as in Kafka's batcher.
    const { isAway } = this;
    const result = this.queue.then(async () => {
      if (!isAway || this.takesAndFails) await super.append(records);
      if (isAway) throw new EventLogError('unreachable', 'away', true);
    });
    this.queue = result.catch(() => {});
    return result;
  }
}

let directory: string;
let log: MoodyLog;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hindsight-spool-'));
  log = new MoodyLog(PARTITIONS);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (connect = async () => log as MoodyLog) =>
  SpooledEventLog.open({ directory, bytesMax: BYTES_MAX, connect, retryMs: RETRY_MS });

async function drained(spooled: SpooledEventLog): Promise<void> {
  while (spooled.status.events > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}

describeEventLog(
  'SpooledEventLog',
  () =>
    SpooledEventLog.open({
      directory,
      bytesMax: BYTES_MAX,
      connect: async () => new MemoryEventLog(4),
    }),
  { reopen: null },
);

describe('a spool before a log that goes away', () => {
  it('keeps what the log does not take and hands it over in order', async () => {
    const spooled = await open();
    await spooled.append([recordOf(0, 'a'), recordOf(1, 'x')]);
    log.isAway = true;
    await spooled.append([recordOf(0, 'b')]);
    await spooled.append([recordOf(0, 'c'), recordOf(2, 'z')]);
    expect(spooled.status).toMatchObject({ events: 3, bytes: 3 });
    log.isAway = false;
    await spooled.append([recordOf(0, 'd'), recordOf(1, 'y')]);
    await drained(spooled);
    expect(await textsFrom(log, 0)).toEqual(['a', 'b', 'c', 'd']);
    expect(await textsFrom(log, 1)).toEqual(['x', 'y']);
    expect(await textsFrom(log, 2)).toEqual(['z']);
    await spooled.close();
  });

  it('loses nothing and keeps the order through many outages under load', async () => {
    const spooled = await open();
    const sent: Promise<void>[] = [];
    const wanted: string[][] = [[], [], []];
    for (let number = 0; number < 3000; number += 1) {
      if (number % 97 === 0) {
        log.isAway = !log.isAway;
        log.takesAndFails = number % 2 === 0;
      }
      const records = [number % 3, (number * 7) % 3].map((partition, part) =>
        recordOf(partition, `${number}.${part}`),
      );
      for (const { partition, bytes } of records)
        wanted[partition]?.push(new TextDecoder().decode(bytes));
      sent.push(spooled.append(records));
      if (number % 13 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    log.isAway = false;
    await Promise.all(sent);
    await drained(spooled);
    for (const [partition, texts] of wanted.entries()) {
      // A batch of unknown fate may be there twice; the first of each counts.
      expect([...new Set(await textsFrom(log, partition))]).toEqual(texts);
    }
    await spooled.close();
  });

  it('has after a crash what it acknowledged, and starts while the log is away', async () => {
    const first = await open();
    log.isAway = true;
    await first.append([recordOf(1, 'a'), recordOf(1, 'b')]);
    await first.close();
    log = new MoodyLog(PARTITIONS);
    let isThere = false;
    const again = await open(async () => {
      if (isThere) return log;
      throw new EventLogError('unreachable', 'away', true);
    });
    expect(again.status).toMatchObject({ events: 2, bytes: 2 });
    await again.append([recordOf(1, 'c')]);
    isThere = true;
    await drained(again);
    expect(await textsFrom(log, 1)).toEqual(['a', 'b', 'c']);
    await again.close();
  });

  it('does not start where no log was ever reached', async () => {
    const connect = async () => {
      throw new EventLogError('unreachable', 'away', true);
    };
    await expect(open(connect)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('refuses what does not fit, and takes more when there is room again', async () => {
    const spooled = await open();
    log.isAway = true;
    const large = () => recordOf(0, 'x'.repeat(BYTES_MAX / 2));
    await spooled.append([large()]);
    await spooled.append([large()]);
    await expect(spooled.append([large()])).rejects.toMatchObject({ code: 'unreachable' });
    log.isAway = false;
    await drained(spooled);
    await spooled.append([large()]);
    expect(await log.head(0)).toBe(3);
    await spooled.close();
  });

  it('refuses a log with other partitions', async () => {
    await (await open()).close();
    await expect(open(async () => new MoodyLog(5))).rejects.toMatchObject({ code: 'damaged' });
  });
});
