/**
 * Write times of rows are positions in the log, so that an older writer never wins: 13 September 2020 in
 * microseconds, so that no guard against odd write times is met, plus the offset that the row is as of.
 */
const BASE = 1_600_000_000_000_000n;

/** Write time of what is complete to an offset. */
export function writeTimeOf(offset: number): bigint {
  return BASE + BigInt(offset);
}

/** Offset that a row with this write time is complete to. */
export function offsetOf(writeTime: bigint): number {
  return Number(writeTime - BASE);
}
