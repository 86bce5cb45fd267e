/**
 * Layers that lie inside several others, such as one network inside two `TimeDistributed`. A description of a model has
 * each of them once, with a number, and names only the number where the layer lies again.
 */
import { ArgumentError } from "../errors.js";
import { Layer } from "../layer.js";
import { ModelLayer } from "../model.js";
import type { Named } from "../named.js";
import { layerFrom } from "../registry.js";
import { maxCalls, numCalls } from "./graph.js";
import { showValue } from "./json.js";

/** The class that descriptions name where a shared layer lies. No class of a user has such a name. */
const className = "zoetrope>Shared";

/** All layers of a model, each with those that it lies in: one of them twice where it lies in it twice. */
export function parentsIn(root: Layer): Map<Layer, readonly Layer[]> {
  const parents = new Map<Layer, readonly Layer[]>([[root, []]]);
  // Layers that are found are appended to the map while it is walked.
  for (const [parent] of parents) {
    for (const layer of parent.sublayers) parents.set(layer, [...(parents.get(layer) ?? []), parent]);
  }
  return parents;
}

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A model as plain data, from which `layerFromConfig` makes one in which the same layers are shared. Without layers that
 * lie inside several others it is what `getConfig` gives.
 * @throws ArgumentError for a shared layer that is not among the options of a layer around it, so that it cannot be
 * restored as one; and whatever `getConfig` throws.
 */
export function describeShared(where: string, model: ModelLayer): Named {
  const shared = new Map([...parentsIn(model)].filter(([, parents]) => parents.length > 1));
  if (shared.size === 0) return { className: model.className, config: model.getConfig() };
  const numbers = new Map<Layer, number>();
  const places = new Map<Layer, number>();
  const describe = (layer: Layer): Named => {
    if (!shared.has(layer)) return describeOnce(layer, describe);
    places.set(layer, (places.get(layer) ?? 0) + 1);
    const number = numbers.get(layer);
    if (number !== undefined) return { className, config: { number } };
    numbers.set(layer, numbers.size);
    return { className, config: { number: numbers.size - 1, layer: describeOnce(layer, describe) } };
  };
  const described = describe(model);
  for (const [layer, parents] of shared) {
    if (places.get(layer) === parents.length) continue;
    const [one, other] = parents;
    throw new ArgumentError(
      `${where}: ${layer.label} lies both in ${one.label} and in ${other.label}, which do not have it among their options; only such layers, and those of models, can be shared.`,
    );
  }
  return described;
}

/** The description of a layer, in which `describe` makes those of the layers that its options or its graph hold. */
function describeOnce(layer: Layer, describe: (inside: Layer) => Named): Named {
  const config = layer.getConfig();
  const inside = new Map(layer.sublayers.map((each) => [each.name, each]));
  const held = new Set(layer.sublayers);
  if (layer instanceof ModelLayer) {
    const layers = config.layers as { config: { name: string } & object; className: string }[];
    config.layers = layers.map((item) => {
      const found = inside.get(item.config.name);
      return found ? describe(found) : item;
    });
  } else {
    for (const [option, value] of Object.entries(layer.config)) {
      if (!(option in config)) continue;
      const isHeld = (item: unknown): item is Layer => item instanceof Layer && held.has(item);
      if (isHeld(value)) config[option] = describe(value);
      else if (Array.isArray(value) && value.length > 0 && value.every(isHeld)) config[option] = value.map(describe);
    }
  }
  return { className: layer.className, config };
}

/**
 * A description in which one object stands in all places of a shared layer, in the form that `layerFromConfig` takes.
 * @param described is not changed.
 * @param shared the descriptions of shared layers.
 */
export function nameShared(described: Named, shared: ReadonlySet<Named>): Named {
  if (shared.size === 0) return described;
  const numbers = new Map([...shared].map((layer, i): [unknown, number] => [layer, i]));
  const done = new Set<unknown>();
  const rewrite = (value: unknown): unknown => {
    if (!(value instanceof Object)) return value;
    const number = numbers.get(value);
    if (number !== undefined && done.has(value)) return { className, config: { number } };
    done.add(value);
    const plain = Array.isArray(value)
      ? value.map(rewrite)
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rewrite(item)]));
    return number === undefined ? plain : { className, config: { number, layer: plain } };
  };
  return rewrite(described) as Named;
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The shared layers that were made so far, and how many calls of layers their further places add. */
interface Reading {
  readonly made: Map<number, Layer>;
  calls: number;
}
let reading: Reading | undefined;

/** Returns the result of `work`, which makes the layers of one description. Calls inside belong to the same one. */
export function withSharedLayers<T>(work: () => T): T {
  if (reading) return work();
  reading = { made: new Map(), calls: 0 };
  try {
    return work();
  } finally {
    reading = undefined;
  }
}

/** What descriptions have in the place of a layer: its number, with its description where it lies for the first time. */
export const sharedPlace = { className, fromConfig: sharedLayer };

/** @throws ArgumentError for a number that is not described before, or twice, and for more repetitions than are read. */
function sharedLayer({ number, layer: described }: Record<string, unknown>): Layer {
  const what = `fromConfig: shared layer ${showValue(number)}`;
  if (!reading) throw new ArgumentError(`${what} lies in the description of a model; give all to layerFromConfig.`);
  const { made } = reading;
  if (!Number.isSafeInteger(number)) throw new ArgumentError(`${what}; expected a whole number.`);
  const known = made.get(number as number);
  if (described === undefined) {
    if (!known) throw new ArgumentError(`${what} is named before it is described.`);
    return repeated(known);
  }
  if (known) throw new ArgumentError(`${what} is described twice.`);
  const layer = layerFrom(described as Named);
  made.set(number as number, layer);
  return layer;
}

/**
 * A short file of pairs of pairs of pairs could describe a tree of exponential size, which would be walked before its calls
 * are counted.
 */
function repeated(layer: Layer): Layer {
  reading!.calls += 1 + numCalls(layer);
  if (reading!.calls <= 2 * maxCalls) return layer;
  throw new ArgumentError(`fromConfig: ${layer.label} and other shared layers are repeated more often than is read.`);
}
