/**
 * Layers that lie inside several others, in files of Keras 3. Each place has the whole description, with a
 * `shared_object_id`: a text in the files that we write, in all places; a number in those of Keras, which the first place may
 * lack, as Keras copies it before it knows that there are others.
 */
import type { Named } from "../../../../named.js";
import { isObject, type JsonObject } from "../../../json.js";

interface Met {
  readonly described: JsonObject;
  readonly named: Named;
}

/** The most layers of one name that a place is compared with. */
export const maxAlike = 16;

/** The layers of one file that were read so far. */
export class LayersMet {
  /** The layers that were met in several places. */
  readonly shared = new Set<Named>();
  readonly #byId = new Map<unknown, Met>();
  readonly #withoutId = new Map<string, Met[]>();

  /**
   * Gives the layer that a description means: `named`, as it was read, or the same object as for an earlier place. Two
   * places are of one layer only where all that they say is the same, and where it is clear which earlier place is meant.
   */
  at(described: JsonObject, named: Named): Named {
    const id = described.shared_object_id;
    const own: Met = { described, named };
    const key = JSON.stringify([named.className, (named.config as { name?: unknown }).name]);
    const alike = this.#withoutId.get(key) ?? [];
    if (id === undefined) {
      this.#withoutId.set(key, alike);
      if (alike.length <= maxAlike) alike.push(own);
      return named;
    }
    const known = this.#byId.get(id);
    const equal = (known ? [known] : typeof id === "number" ? alike : []).filter((met) =>
      isSame(met.described, described),
    );
    const found = equal.length === 1 && alike.length <= maxAlike ? equal[0] : own;
    if (!known) this.#byId.set(id, found);
    if (found !== own) this.shared.add(found.named);
    return found.named;
  }
}

/** Whether two descriptions are of the same class with the same options. */
export const isSame = (a: JsonObject, b: JsonObject): boolean =>
  a.class_name === b.class_name && isEqual(a.config, b.config);

function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  if (!isObject(a)) return Object.is(a, b);
  if (!isObject(b)) return false;
  const keys = (value: JsonObject) => Object.keys(value).filter((key) => key !== "shared_object_id");
  const own = keys(a);
  return own.length === keys(b).length && own.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}
