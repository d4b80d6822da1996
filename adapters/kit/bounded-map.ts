/** A map that cannot grow without end: the oldest entries go first, and all of them after a time. */

export interface BoundedMapOptions {
  max: number;
  /** How long an entry is kept after it was set, ms; absent: until there are too many. */
  keepMs?: number;
}

export class BoundedMap<K, V> {
  private readonly entries = new Map<K, { value: V; until: number }>();
  private readonly max: number;
  private readonly keepMs: number;

  constructor({ max, keepMs = Number.POSITIVE_INFINITY }: BoundedMapOptions) {
    this.max = max;
    this.keepMs = keepMs;
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: K): boolean {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.until > Date.now();
  }

  get(key: K): V | undefined {
    const entry = this.entries.get(key);
    return entry && entry.until > Date.now() ? entry.value : undefined;
  }

  /** @param keepMs in place of the map's own */
  set(key: K, value: V, keepMs = this.keepMs): void {
    this.entries.delete(key);
    this.entries.set(key, { value, until: Date.now() + keepMs });
    if (this.entries.size > this.max) this.entries.delete(this.entries.keys().next().value as K);
  }

  /** Those that still count, the one that was set last at the end. */
  values(): V[] {
    const now = Date.now();
    return [...this.entries.values()].filter(({ until }) => until > now).map(({ value }) => value);
  }

  delete(key: K): boolean {
    return this.entries.delete(key);
  }
}
