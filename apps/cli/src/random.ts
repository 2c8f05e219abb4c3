/** Numbers from 0 to 1, the same for the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws ranks 0 to n − 1, of which rank r comes with weight 1 ÷ (r + 1)^skew. */
export function zipf(n: number, skew: number, random: () => number): () => number {
  const sums = new Float64Array(n);
  let sum = 0;
  for (let rank = 0; rank < n; rank += 1) {
    sum += 1 / (rank + 1) ** skew;
    sums[rank] = sum;
  }
  return () => {
    const wanted = random() * sum;
    let from = 0;
    let to = n - 1;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((sums[middle] as number) < wanted) from = middle + 1;
      else to = middle;
    }
    return from;
  };
}
