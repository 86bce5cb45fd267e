/** Weights and the names that files know them by. */
import { allFinite } from "../finite.js";
import { FileError, nearest, shapeText } from "../errors.js";
import type { Layer } from "../layer.js";
import { sameShape } from "../shape.js";
import type { Variable } from "../tensor.js";
import type { SafeTensor } from "./safetensors.js";

export interface NamedWeight {
  /** `dense/kernel`; inside of other layers, with their names before it: `time_distributed/cnn/conv1/kernel`. */
  readonly name: string;
  readonly weight: Variable;
  readonly layer: Layer;
}

/** All weights of a layer or model, in order. A weight that several layers share is listed once. */
export function namedWeights(root: Layer): NamedWeight[] {
  const seen = new Set<Variable>();
  const names = new Map<string, number>();
  const result: NamedWeight[] = [];
  const visit = (layer: Layer, path: string) => {
    const inside = new Set(layer.sublayers.flatMap((sublayer) => sublayer.weights));
    for (const weight of layer.weights) {
      if (inside.has(weight) || seen.has(weight)) continue;
      seen.add(weight);
      const name = path + weight.name;
      const times = names.get(name) ?? 0;
      names.set(name, times + 1);
      result.push({ name: times === 0 ? name : `${name}_${times}`, weight, layer });
    }
    // The cell of a recurrent layer has its layer's name: one is enough.
    for (const sublayer of layer.sublayers) {
      visit(sublayer, layer === root || sublayer.name === layer.name ? path : `${path}${layer.name}/`);
    }
  };
  visit(root, "");
  return result;
}

/**
 * The tensors that weights are given by name. The values are not yet theirs.
 * @param options partial: whether a weight may be missing in the file; skipMismatch: or be there in another shape.
 * @throws FileError for a tensor that is missing, of another shape, or holds what is no finite number.
 */
export function matchTensors(
  where: string,
  weights: readonly NamedWeight[],
  tensors: ReadonlyMap<string, SafeTensor>,
  { partial = false, skipMismatch = false }: { partial?: boolean; skipMismatch?: boolean } = {},
): [weight: Variable, tensor: SafeTensor][] {
  return weights.flatMap(({ name, weight, layer }) => {
    const tensor = tensors.get(name);
    if (!tensor && partial) return [];
    const needs = `which ${layer.label} needs as ${shapeText(weight.shape)}`;
    if (!tensor) {
      const close = nearest(name, [...tensors.keys()]);
      const advice = close ? ` (did it mean "${close}"? names of layers must be as they were when it was saved)` : "";
      throw new FileError(`${where} holds no "${name}", ${needs}${advice}.`);
    }
    if (!sameShape(tensor.shape, weight.shape)) {
      if (skipMismatch) return [];
      throw new FileError(`${where} holds "${name}" as ${shapeText(tensor.shape)}, ${needs}.`);
    }
    if (!allFinite(tensor.data)) {
      throw new FileError(`${where} holds "${name}" of ${layer.label} with values that are not finite.`);
    }
    return [[weight, tensor] as const as [Variable, SafeTensor]];
  });
}

/** @throws FileError for a tensor that no weight has asked for. */
export function checkAllUsed(where: string, used: ReadonlySet<string>, tensors: ReadonlyMap<string, SafeTensor>): void {
  for (const name of tensors.keys()) {
    if (!used.has(name)) throw new FileError(`${where} holds "${name}", for which there is no weight.`);
  }
}
