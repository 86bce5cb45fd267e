/** Values that a backend computes from buffers and caches, such as the packed panels of a weight. */
import type { Root } from "./kernels.js";

interface Entry<Value> {
  readonly key: string;
  readonly sources: readonly Root[];
  readonly value: Value;
  /** The versions of the sources when the value was computed; none before. */
  versions: readonly number[];
}

/** Whether two lists have the same items in the same order. */
export const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => Object.is(item, b[i]));

/** Gives the value of a map under a key. If there is none, makes it and sets it. */
function entryIn<Key, Value>(
  map: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown },
  key: Key,
  make: () => Value,
): Value {
  let value = map.get(key);
  if (!value) map.set(key, (value = make()));
  return value;
}

/**
 * A backend's cache of derived values. Each has a key and a list of sources. It is stale when the version of a source
 * has changed since the value was computed, and it is freed as soon as one of its sources is.
 */
export class DerivedValues<Value> {
  /** The entries by first source, then by key. Entries with the same key differ in their further sources. */
  readonly #found = new WeakMap<Root, Map<string, Entry<Value>[]>>();
  readonly #dependents = new WeakMap<Root, Set<Entry<Value>>>();

  constructor(private readonly free: (value: Value) => void) {}

  /**
   * Gives the value for these sources under `key`, which names everything else that the value depends on. `make`
   * allocates it the first time; `fill` computes its contents whenever a source has changed. If `fill` throws, the value
   * stays stale.
   */
  get(key: string, sources: readonly Root[], make: () => Value, fill: (value: Value) => void): Value {
    const list = entryIn(
      entryIn(this.#found, sources[0], () => new Map<string, Entry<Value>[]>()),
      key,
      () => [],
    );
    let entry = list.find((each) => sameItems(each.sources, sources));
    if (!entry) {
      entry = { key, sources, value: make(), versions: [] };
      list.push(entry);
      for (const source of sources) entryIn(this.#dependents, source, () => new Set<Entry<Value>>()).add(entry);
    }
    const versions = sources.map(({ version }) => version);
    if (!sameItems(entry.versions, versions)) {
      entry.versions = [];
      fill(entry.value);
      entry.versions = versions;
    }
    return entry.value;
  }

  /** Frees the values that were derived from a source. Called when the source is freed. */
  release(source: Root): void {
    for (const entry of this.#dependents.get(source) ?? []) {
      for (const other of entry.sources) this.#dependents.get(other)!.delete(entry);
      const list = this.#found.get(entry.sources[0])!.get(entry.key)!;
      list.splice(list.indexOf(entry), 1);
      this.free(entry.value);
    }
  }
}
