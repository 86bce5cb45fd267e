/** What TensorFlow.js and its converter call weights, and which of ours they are. */
import { FileError } from "../../errors.js";
import type { SafeTensor } from "../safetensors.js";
import type { NamedWeight } from "../weights.js";

/** A weight with where it stands: the layers that it is in, from the outermost, and what it is in the innermost. */
interface WeightPlace {
  readonly name: string;
  readonly layers: readonly string[];
}

/**
 * The tensors under the names of our weights. A file's name ends as ours does ("kernel") and names some of the layers that a weight
 * is in: the innermost alone (`conv1/kernel` inside of `cnn`), a wrapper alone (`time_distributed/kernel`), all of them, or names of
 * cells that we do not know besides (`lstm/lstm_cell_3/kernel`). Of weights that a name fits equally well, such as those of
 * stacked cells, the order decides.
 * @param partial whether tensors that no weight has the name of may be left.
 * @throws FileError for a name that is that of no weight.
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
    const layers = parts.filter((part) => known.has(part));
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

/** By each layer that they are in and the last part of their names; the kernel of a depthwise convolution has two. */
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

/** Those inside of all these layers, the fewer layers further inside the better. */
function nearestPlaces(places: readonly WeightPlace[], layers: readonly string[]): WeightPlace[] {
  const inside = places.filter((place) => layers.every((layer) => place.layers.includes(layer)));
  const below = ({ layers: all }: WeightPlace) =>
    all.length - 1 - Math.max(...layers.map((layer) => all.lastIndexOf(layer)));
  const nearest = inside.reduce((least, place) => Math.min(least, below(place)), Infinity);
  return inside.filter((place) => below(place) === nearest);
}
