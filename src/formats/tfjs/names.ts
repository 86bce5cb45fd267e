/** Matching the names that TensorFlow.js and its converter have for weights with ours. */
import { FileError } from "../../errors.js";
import type { SafeTensor } from "../safetensors.js";
import type { NamedWeight } from "../weights.js";

/** A weight, and the names of the layers that it is in, the outermost first. */
interface WeightPlace {
  readonly name: string;
  readonly layers: readonly string[];
}

/**
 * The tensors by the names of our weights. A name in a file ends like ours ("kernel") and contains some of the layers
 * that the weight is in: only the innermost (`conv1/kernel` inside `cnn`), only a wrapper (`time_distributed/kernel`),
 * all of them, or cells that have no name here (`lstm/lstm_cell_3/kernel`). Where a name fits several weights equally
 * well, such as those of stacked cells, their order decides.
 * @param partial whether tensors that fit no weight are ignored, false by default.
 * @throws FileError for a name that fits no weight.
 */
export function tensorsOfWeights(
  where: string,
  weights: readonly NamedWeight[],
  tensors: ReadonlyMap<string, SafeTensor>,
  partial = false,
): Map<string, SafeTensor> {
  const known = new Set(weights.flatMap(({ name }) => name.split("/").slice(0, -1)));
  const places = indexWeights(weights);
  const asked = new Map<string, { kind: string; layers: string[]; names: string[] }>();
  for (const name of tensors.keys()) {
    const parts = name.replace(/:\d+$/, "").split("/");
    const kind = parts.pop()!;
    const layers = ofOneWeight(places, [...new Set(parts.filter((part) => known.has(part)))], kind);
    const key = [...layers, kind].join("/");
    const same = asked.get(key) ?? { kind, layers, names: [] };
    same.names.push(name);
    asked.set(key, same);
  }
  const result = new Map<string, SafeTensor>();
  for (const { kind, layers, names } of asked.values()) {
    const found = nearestPlaces(places.get(`${layers.at(-1)}/${kind}`) ?? [], layers);
    if (found.length === 0 && partial) continue;
    if (found.length !== names.length) {
      const what = found.length === 0 ? "no weight" : `${found.length} weights, ${names.length} in the file`;
      throw new FileError(`${where} holds "${names[0]}", for which there is ${what}.`);
    }
    found.forEach((place, i) => result.set(place.name, tensors.get(names[i])!));
  }
  return result;
}

/**
 * The layers in a name that lie in each other: a cell that has no name here may be called as a layer elsewhere is, and is left
 * out then. All of them where no weight fits anyway.
 */
function ofOneWeight(
  places: ReadonlyMap<string, readonly WeightPlace[]>,
  layers: readonly string[],
  kind: string,
): string[] {
  const isOne = (some: readonly string[]) => nearestPlaces(places.get(`${some.at(-1)}/${kind}`) ?? [], some).length > 0;
  for (let count = layers.length; count > 0; count--) {
    if (isOne(layers.slice(0, count))) return layers.slice(0, count);
  }
  return [...layers];
}

/**
 * Weights by each layer that they are in and the last part of their name, of which the kernel of a depthwise
 * convolution has two.
 */
function indexWeights(weights: readonly NamedWeight[]): Map<string, WeightPlace[]> {
  const result = new Map<string, WeightPlace[]>();
  for (const { name, weight, layer } of weights) {
    const kind = weight.name.split("/").at(-1)!;
    const kinds = layer.className === "DepthwiseConv2D" && kind === "kernel" ? [kind, "depthwise_kernel"] : [kind];
    const place = { name, layers: name.split("/").slice(0, -1) };
    for (const key of kinds.flatMap((each) => [...new Set(place.layers)].map((outer) => `${outer}/${each}`))) {
      const places = result.get(key) ?? [];
      result.set(key, places);
      places.push(place);
    }
  }
  return result;
}

/** The weights inside all these layers, with the fewest further layers between. */
function nearestPlaces(places: readonly WeightPlace[], layers: readonly string[]): WeightPlace[] {
  const inside = places.filter((place) => layers.every((layer) => place.layers.includes(layer)));
  const below = ({ layers: all }: WeightPlace) =>
    all.length - 1 - Math.max(...layers.map((layer) => all.lastIndexOf(layer)));
  const nearest = inside.reduce((least, place) => Math.min(least, below(place)), Infinity);
  return inside.filter((place) => below(place) === nearest);
}
