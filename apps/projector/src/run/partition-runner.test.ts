import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryEventLog } from '#eventlog';
import { type EventId, emptyEnvelope, encodeEnvelope, type SiteId } from '#events';
import {
  FIRST_GENERATION,
  MemoryRegistry,
  MemoryReportStore,
  type PartitionWriter,
  StoreError,
} from '#readmodel';
import { siteDeletedEvent } from '../../../query/src/graphql/site-deleted.js';
import { PartitionRunner } from './partition-runner.js';

const SITE = 'site' as SiteId;
const GOOD = encodeEnvelope(siteDeletedEvent('nobody' as SiteId, 'id', 1));
const POISON = new Uint8Array([99, 1, 1]);

describe('an event that cannot be read', () => {
  let log: MemoryEventLog;
  let store: MemoryReportStore;

  beforeEach(() => {
    log = new MemoryEventLog(1);
    store = new MemoryReportStore();
  });

  const start = (change: Partial<PartitionWriter> = {}) =>
    PartitionRunner.start({
      log,
      store: Object.assign(Object.create(store), {
        claim: async (target: Parameters<typeof store.claim>[0]) =>
          Object.assign(await store.claim(target), change),
      }),
      registry: new MemoryRegistry(),
      generation: FIRST_GENERATION,
      partition: 0,
      now: () => 1,
    });
  const append = (...list: Uint8Array[]) =>
    log.append(list.map((bytes) => ({ partition: 0, siteId: SITE, bytes })));
  const foldAll = async (runner: PartitionRunner) => {
    while ((await runner.step()) === 0);
    await runner.flush();
  };
  const deadLetters = async () => {
    const writer = await store.claim({ generation: FIRST_GENERATION, partition: 0, logId: log.id });
    return [...writer.stateRange('dead/')].map(([, bytes]) =>
      JSON.parse(new TextDecoder().decode(bytes)),
    );
  };

  it('is kept with its offset and reason, and passed over', async () => {
    await append(GOOD, POISON, GOOD);
    const runner = await start();
    await foldAll(runner);
    expect(runner.position).toBe(3);
    expect(await deadLetters()).toEqual([
      { offset: 1, code: 'unknown_format', message: 'event of format 99' },
    ]);
  });

  it('stops the partition when there are too many', async () => {
    await append(...Array.from({ length: 11 }, () => POISON));
    const runner = await start();
    await expect(foldAll(runner)).rejects.toThrow('too many events cannot be read');
  });

  it('counts once when it is read again because rows were missing', async () => {
    await append(...Array.from({ length: 10 }, () => POISON), GOOD);
    let missing = 1;
    const runner = await start({
      isReady: () => {
        if (missing === 0) return true;
        missing -= 1;
        throw new StoreError('not_ready', 'rows beyond those that were foreseen', true);
      },
    });
    await foldAll(runner);
    expect(runner.foldedEvents).toBe(11);
    expect((await deadLetters()).length).toBe(10);
  });

  it('is kept through a flush that failed, and written by the next', async () => {
    await append(POISON);
    const runner = await start({
      commit: () => Promise.reject(new StoreError('write_failed', 'not this time', false)),
    });
    await expect(foldAll(runner)).rejects.toThrow('not this time');
    const { writer } = runner as unknown as { writer: Partial<PartitionWriter> };
    delete writer.commit;
    await runner.flush();
    expect((await deadLetters()).length).toBe(1);
  });
});

describe('two partitions in one process', () => {
  it('fold their own events, also when one waits for rows while the other reads on', async () => {
    const log = new MemoryEventLog(2);
    const store = new MemoryReportStore();
    const registry = new MemoryRegistry();
    const sites = ['first', 'second'];
    for (const [partition, id] of sites.entries()) {
      await registry.createSite({ id, name: id, domains: [], timeZone: 'UTC', currency: 'EUR' });
      const siteId = id as SiteId;
      const names = { siteId, id: id as EventId, name: 'page_view', occurredAt: 1, receivedAt: 1 };
      const bytes = encodeEnvelope({ ...emptyEnvelope(), ...names });
      await log.append([{ partition, siteId, bytes }]);
    }
    let come = () => {};
    const rows = new Promise<void>((resolve) => {
      come = resolve;
    });
    let isReady = false;
    const slow: Partial<PartitionWriter> = {
      isReady: () => isReady,
      prepare: async () => {
        await rows;
        isReady = true;
      },
    };
    const start = (partition: number, change: Partial<PartitionWriter>) =>
      PartitionRunner.start({
        ...{ log, registry, generation: FIRST_GENERATION, partition, now: () => 1 },
        store: Object.assign(Object.create(store), {
          claim: async (target: Parameters<typeof store.claim>[0]) =>
            Object.assign(await store.claim(target), change),
        }),
      });
    const [waiting, other] = [await start(0, slow), await start(1, {})];
    const waits = waiting.step();
    await other.step();
    come();
    await waits;
    await waiting.flush();
    await other.flush();
    for (const siteId of sites) {
      const found: number[] = [];
      const query = {
        generation: FIRST_GENERATION,
        siteId,
        report: 'totals',
        kind: 'day',
      } as const;
      await store.scan({ ...query, trafficClass: 'human', from: 0, to: 1 }, (bucket) =>
        found.push(bucket),
      );
      expect(found).toEqual([0]);
    }
  });
});
