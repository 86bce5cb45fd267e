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

/**
 * A backend's derived values. Each has a key and a list of sources; it is stale when the version of any source differs from
 * the one that it was filled at, and is freed with the first source that is.
 */
export class DerivedValues<Value> {
  readonly #entries = new WeakMap<Root, Set<Entry<Value>>>();

  constructor(private readonly free: (value: Value) => void) {}

  /**
   * The value for these sources under `key`, which names all that it depends on besides them: `make` gives its memory the first
   * time, `fill` its contents whenever a source has changed since. Where `fill` throws, the value stays stale.
   */
  get(key: string, sources: readonly Root[], make: () => Value, fill: (value: Value) => void): Value {
    const entry = this.#find(key, sources) ?? this.#add({ key, sources, value: make(), versions: undefined });
    if (!isFresh(entry)) {
      entry.versions = undefined;
      fill(entry.value);
      entry.versions = sources.map(({ version }) => version);
    }
    return entry.value;
  }

  /** To be called when a source is freed: what was derived from it goes too. */
  release(source: Root): void {
    for (const entry of this.#entries.get(source) ?? []) {
      for (const other of entry.sources) this.#entries.get(other)!.delete(entry);
      this.free(entry.value);
    }
  }

  #find(key: string, sources: readonly Root[]): Entry<Value> | undefined {
    for (const entry of this.#entries.get(sources[0]) ?? []) {
      if (entry.key === key && same(entry.sources, sources)) return entry;
    }
    return undefined;
  }

  #add(entry: Entry<Value>): Entry<Value> {
    for (const source of entry.sources) {
      const entries = this.#entries.get(source);
      if (entries) entries.add(entry);
      else this.#entries.set(source, new Set([entry]));
    }
    return entry;
  }
}
