/**
 * Remembers the results of a pure function by its argument, in bounded memory: two generations of a map, the
 * older of which is dropped when the younger is full.
 */
export class Memo<V, K = string> {
  private young = new Map<K, V>();
  private old = new Map<K, V>();

  /** @param capacity entries per generation */
  constructor(
    private readonly capacity: number,
    private readonly compute: (key: K) => V,
  ) {}

  get(key: K): V {
    const known = this.young.get(key);
    if (known !== undefined) return known;
    const value = this.old.get(key) ?? this.compute(key);
    if (this.young.size >= this.capacity) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
    return value;
  }
}
