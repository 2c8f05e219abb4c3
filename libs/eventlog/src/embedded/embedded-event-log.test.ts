import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { describeEventLog, recordOf, textsFrom } from '../event-log.contract.js';
import { EmbeddedEventLog } from './embedded-event-log.js';

const base = mkdtempSync(join(tmpdir(), 'hindsight-log-'));
let count = 0;
let directory = '';
function fresh(): string {
  count += 1;
  directory = join(base, String(count));
  return directory;
}
afterAll(() => rmSync(base, { recursive: true, force: true }));

describeEventLog('EmbeddedEventLog', () => EmbeddedEventLog.open({ directory: fresh() }), {
  reopen: () => EmbeddedEventLog.open({ directory }),
});

describe('EmbeddedEventLog', () => {
  it('names the process that holds the directory', async () => {
    const log = await EmbeddedEventLog.open({ directory: fresh() });
    await expect(EmbeddedEventLog.open({ directory })).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(String(process.pid)),
    });
    await log.close();
    await (await EmbeddedEventLog.open({ directory })).close();
  });

  it('can be read by another reader while it is written', async () => {
    const log = await EmbeddedEventLog.open({ directory: fresh() });
    const reader = await EmbeddedEventLog.open({ directory, readOnly: true });
    const waiting = reader.waitForAppend(30_000);
    await log.append([recordOf(0, 'a')]);
    await waiting;
    expect(await textsFrom(reader, 0)).toEqual(['a']);
    await reader.close();
    await log.close();
  });

  it('names partition and offset of a block in which a byte has changed', async () => {
    const log = await EmbeddedEventLog.open({ directory: fresh() });
    await log.append([recordOf(2, 'a'), recordOf(2, 'b')]);
    const key = Buffer.from([0, 2, 0, 0, 0, 0, 0, 0]);
    const block = Buffer.from(log['blocks'].get(key) as Buffer);
    block.writeUInt8(block.readUInt8(block.length - 1) ^ 1, block.length - 1);
    await log['blocks'].put(key, block);
    await expect(log.read(2, 0, 10)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('partition 2, block at offset 0'),
    });
    await log.close();
  });

  it.each([
    ['a tenth', 'use it', 0.16],
    ['half', 'do not', 0.65],
  ])('packs in %s of the thread’s time while others %s', async (_share, others, most) => {
    const log = await EmbeddedEventLog.open({ directory: fresh(), repack: true });
    for (let from = 0; from < 30; from += 1) {
      const texts = Array.from({ length: 900 }, (_, index) => `event ${from} ${index}`);
      await log.append(texts.map((text) => recordOf(1, text)));
    }
    const repacker = log['repacker'] as unknown as {
      round(): Promise<void>;
      packOne(partition: number): Promise<boolean>;
    };
    const packOne = repacker.packOne.bind(repacker);
    let packedMs = 0;
    let blocks = 0;
    repacker.packOne = async (partition) => {
      const from = performance.now();
      const isPacked = await packOne(partition);
      packedMs += performance.now() - from;
      if (isPacked) blocks += 1;
      return isPacked;
    };
    let isUsed = others === 'use it';
    const use = () => {
      if (isUsed) setImmediate(use);
    };
    use();
    const from = performance.now();
    await repacker.round();
    isUsed = false;
    expect(blocks).toBeGreaterThan(4);
    expect(packedMs / (performance.now() - from)).toBeLessThan(most);
    await log.close();
  });

  it('packs cold blocks without changing an offset or a byte', async () => {
    const log = await EmbeddedEventLog.open({ directory: fresh(), repack: true });
    const texts = Array.from({ length: 9000 }, (_, index) => `event ${index}`);
    for (let from = 0; from < texts.length; from += 300) {
      await log.append(texts.slice(from, from + 300).map((text) => recordOf(1, text)));
    }
    await log['repacker']?.round();
    expect(log['heads'].get('packed/1')).toBeGreaterThan(2000);
    expect(await textsFrom(log, 1)).toEqual(texts);
    expect(await textsFrom(log, 1, 1234)).toEqual(texts.slice(1234));
    await log.close();
  });
});
