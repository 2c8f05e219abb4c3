import { describe, expect, it } from '@jest/globals';
import { EventLogError, MemoryEventLog, partitionOf } from '#eventlog';
import type { Checkpoint, Site } from '#readmodel';
import { freshnessOf, watermarkOf } from './freshness.js';

const SITE = { id: 'shop', fanout: 1 } as Site;
const PARTITIONS = 4;
const HOME = partitionOf(SITE.id, { high: 0, low: 0 }, 1, PARTITIONS);
const NOW = Date.parse('2026-06-01T12:00:00Z');
const at = (checkpoint: Checkpoint) => new Map([[HOME, checkpoint]]);

class LogThatIsAway extends MemoryEventLog {
  override async head(): Promise<number> {
    throw new EventLogError('unreachable', 'away', true);
  }
}

describe('the name of a state of rows', () => {
  it('is the same while nothing is written', () => {
    const checkpoints = at({ offset: 7, receivedAt: NOW, epoch: 1, isFlushing: false });
    expect(watermarkOf(SITE, PARTITIONS, checkpoints)).toBe('7');
    expect(watermarkOf(SITE, PARTITIONS, new Map())).toBe('0');
  });

  it('never comes again while a flush is on its way', () => {
    const checkpoints = at({ offset: 7, receivedAt: NOW, epoch: 1, isFlushing: true });
    const names = Array.from({ length: 10 }, () => watermarkOf(SITE, PARTITIONS, checkpoints));
    expect(new Set([...names, '7']).size).toBe(11);
  });
});

describe('how fresh an answer is', () => {
  it('is what was folded while the log is away', async () => {
    const receivedAt = NOW - 90_000;
    const checkpoints = at({ offset: 7, receivedAt, epoch: 1 });
    const asOf = await freshnessOf(SITE, new LogThatIsAway(PARTITIONS), checkpoints, NOW);
    expect(asOf).toBe(new Date(receivedAt).toISOString());
  });

  it('is unknown before anything was folded, if the log is away', async () => {
    expect(await freshnessOf(SITE, new LogThatIsAway(PARTITIONS), new Map(), NOW)).toBeNull();
  });

  it('is now where all is folded', async () => {
    const asOf = await freshnessOf(SITE, new MemoryEventLog(PARTITIONS), new Map(), NOW);
    expect(NOW - Date.parse(asOf ?? '')).toBeLessThanOrEqual(500);
  });
});
