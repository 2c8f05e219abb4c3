import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { servers } from '../../../../test/cluster/servers.testing.js';
import { describeEventLog, recordOf, textsFrom } from '../event-log.contract.js';
import { KafkaEventLog } from './kafka-event-log.js';

let topic = '';
const open = (partitions = 4) =>
  KafkaEventLog.open({ brokers: servers().brokers, topic, partitions });
const fresh = () => {
  topic = `log-${randomUUID()}`;
  return open();
};

describeEventLog('KafkaEventLog', fresh, { reopen: open });

describe('KafkaEventLog', () => {
  it('has one name, whoever opens it first', async () => {
    topic = `log-${randomUUID()}`;
    const logs = await Promise.all([open(), open(), open()]);
    expect(new Set(logs.map(({ id }) => id)).size).toBe(1);
    for (const log of logs) await log.close();
  });

  it('keeps the number of partitions that it was created with', async () => {
    await (await fresh()).close();
    const log = await open(7);
    expect(log.partitions).toBe(4);
    await log.close();
  });

  it('can be read again from any offset, and by another process while it is written', async () => {
    const log = await fresh();
    const texts = Array.from({ length: 3000 }, (_, index) => `event ${index}`);
    await log.append(texts.map((text) => recordOf(2, text)));
    const other = await open();
    expect(await textsFrom(other, 2, 2990)).toEqual(texts.slice(2990));
    expect(await textsFrom(other, 2)).toEqual(texts);
    const waiting = other.waitForAppend(30_000);
    await log.append([recordOf(2, 'more')]);
    await waiting;
    expect(await textsFrom(other, 2, 3000)).toEqual(['more']);
    await other.close();
    await log.close();
  });

  it('shares the partitions among the members of a group, and moves as few as possible', async () => {
    await (await fresh()).close();
    const shares = new Map<string, readonly number[]>();
    const member = (name: string) =>
      KafkaEventLog.open({
        brokers: servers().brokers,
        topic,
        group: {
          id: topic,
          sessionTimeoutMs: 6000,
          onAssigned: (partitions) => shares.set(name, partitions),
        },
      });
    const until = async (wanted: readonly number[]) => {
      for (;;) {
        const sizes = [...shares.values()].map((share) => share.length).sort();
        const all = new Set([...shares.values()].flat());
        if (sizes.join() === wanted.join() && all.size === 4) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const first = await member('first');
    await first.join();
    await until([4]);
    const before = shares.get('first') as readonly number[];
    const second = await member('second');
    await second.join();
    await until([2, 2]);
    expect(before).toEqual(expect.arrayContaining([...(shares.get('first') as number[])]));
    await second.close();
    shares.delete('second');
    await until([4]);
    await first.close();
  });
});
