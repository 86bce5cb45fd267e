/** Values that a backend keeps beside the buffers that they were computed from: packed panels of a weight, say. */
import type { Root } from "./kernels.js";

interface Entry<Value> {
  readonly key: string;
  readonly sources: readonly Root[];
  readonly value: Value;
  /** The sources' versions when the value was filled; undefined while it has not been. */
  versions: readonly number[] | undefined;
}

function same(a: readonly Root[], b: readonly Root[]): boolean {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

function isFresh({ sources, versions }: Entry<unknown>): boolean {
  if (!versions) return false;
  for (let i = 0; i < sources.length; i++) if (sources[i].version !== versions[i]) return false;
  return true;
}

/** What a map has under a key, made and entered where it has nothing. */
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
 * A backend's derived values. Each has a key and a list of sources; it is stale when the version of any source differs from
 * the one that it was filled at, and is freed with the first source that is.
 */
export class DerivedValues<Value> {
  /** By first source and key; under one key there are several where further sources differ. */
  readonly #found = new WeakMap<Root, Map<string, Entry<Value>[]>>();
  readonly #dependents = new WeakMap<Root, Set<Entry<Value>>>();

  constructor(private readonly free: (value: Value) => void) {}

  /**
   * The value for these sources under `key`, which names all that it depends on besides them: `make` gives its memory the first
   * time, `fill` its contents whenever a source has changed since. Where `fill` throws, the value stays stale.
   */
  get(key: string, sources: readonly Root[], make: () => Value, fill: (value: Value) => void): Value {
    const list = entryIn(
      entryIn(this.#found, sources[0], () => new Map<string, Entry<Value>[]>()),
      key,
      () => [],
    );
    let entry = list.find((each) => same(each.sources, sources));
    if (!entry) {
      entry = { key, sources, value: make(), versions: undefined };
      list.push(entry);
      for (const source of sources) entryIn(this.#dependents, source, () => new Set<Entry<Value>>()).add(entry);
    }
    if (!isFresh(entry)) {
      entry.versions = undefined;
      fill(entry.value);
      entry.versions = sources.map(({ version }) => version);
    }
    return entry.value;
  }

  /** To be called when a source is freed: what was derived from it goes too. */
  release(source: Root): void {
    for (const entry of this.#dependents.get(source) ?? []) {
      for (const other of entry.sources) this.#dependents.get(other)!.delete(entry);
      const list = this.#found.get(entry.sources[0])!.get(entry.key)!;
      list.splice(list.indexOf(entry), 1);
      this.free(entry.value);
    }
  }
}
