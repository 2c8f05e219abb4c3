import type { Database } from 'lmdb';
import { blockKey, countOfBlock } from './block-codec.js';

type Blocks = Database<Buffer, Buffer>;

/** Offset of the first record that a partition still holds; `null` when it holds none. */
export function firstOffsetOf(blocks: Blocks, partition: number): number | null {
  for (const key of blocks.getKeys({ start: blockKey(partition, 0), limit: 1 })) {
    if (key.readUInt16BE(0) === partition) return key.readUIntBE(2, 6);
  }
  return null;
}

/** Removes the blocks that lie wholly before an offset; resolves when they are gone. */
export async function trimBlocks(blocks: Blocks, partition: number, before: number): Promise<void> {
  const removed: Promise<boolean>[] = [];
  const range = { start: blockKey(partition, 0), end: blockKey(partition, before) };
  for (const { key, value } of blocks.getRange(range)) {
    if (key.readUIntBE(2, 6) + countOfBlock(value) > before) break;
    removed.push(blocks.remove(key));
  }
  await Promise.all(removed);
}
