/** Layers that mean what the writer of their file meant. */
import { ArgumentError } from "../../errors.js";
import type { Layer } from "../../layer.js";
import { isObject, type JsonObject, showValue, showWord } from "../json.js";
import { replaceMethods } from "./replace.js";
import { type Meaning, meaningOf } from "./table.js";

const adopted = new WeakMap<Layer, JsonObject>();

/**
 * Makes a layer compute as its file means it, and keeps that in its config.
 * @param semantics the names of meanings with their values, such as `{ joinedMasks: "all" }`.
 * @throws ArgumentError for what is not in the table of its class.
 */
export function adoptSemantics<L extends Layer>(layer: L, semantics: unknown): L {
  if (!isObject(semantics)) {
    throw new ArgumentError(`${layer.label}: semantics ${showValue(semantics)}; expected an object, or none.`);
  }
  const meanings: Meaning[] = [];
  for (const [name, value] of Object.entries(semantics)) {
    const meaning = meaningOf(layer.className, name, value);
    if (!meaning) {
      throw new ArgumentError(
        `${layer.label}: semantics ${showWord(name)} is ${showValue(value)}, which the class has not; leave it out.`,
      );
    }
    meanings.push(meaning);
  }
  for (const { apply } of meanings) apply(layer);
  const usual = layer.getConfig.bind(layer);
  replaceMethods(layer, { getConfig: () => ({ ...usual(), semantics: { ...semantics } }) });
  adopted.set(layer, { ...semantics });
  return layer;
}

/** Lets a layer tell in `semantics` what it and the layers inside it do otherwise than in Keras 3. */
export function tellSemantics<L extends Layer>(layer: L): L {
  if (linesOf(layer).length > 0)
    Object.defineProperty(layer, "semantics", { get: () => linesOf(layer), configurable: true });
  return layer;
}

const linesOf = (layer: Layer): string[] => [
  ...Object.entries(adopted.get(layer) ?? {}).flatMap(([name, value]) => {
    const meaning = meaningOf(layer.className, name, value);
    return meaning ? ` ${layer.name} (${layer.className}) ${meaning.says}.` : [];
  }),
  ...layer.sublayers.flatMap(linesOf),
];

/** The value of a meaning of a layer; undefined where it means what it does in Keras 3. */
export const valueOf = (layer: Layer, name: string): unknown => adopted.get(layer)?.[name];

/** The meanings of a layer that differ from those of Keras 3 in this. */
export function meaningsOf(layer: Layer, changes: Meaning["changes"]): readonly Meaning[] {
  return Object.entries(adopted.get(layer) ?? {})
    .flatMap(([name, value]) => meaningOf(layer.className, name, value) ?? [])
    .filter((meaning) => meaning.changes === changes);
}
