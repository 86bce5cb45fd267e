/** The names of weights in files, and the values in files for them. */
import { allFinite } from "../finite.js";
import { ArgumentError, FileError, nearest, shapeText } from "../errors.js";
import type { Layer } from "../layer.js";
import { sameShape } from "../shape.js";
import type { Variable } from "../tensor.js";
import type { SafeTensor } from "./safetensors.js";

export interface NamedWeight {
  /** `dense/kernel`; inside other layers preceded by their names: `time_distributed/cnn/conv1/kernel`. */
  readonly name: string;
  readonly weight: Variable;
  readonly layer: Layer;
}

/** A weight, and the values that it will be given. */
export type Assignment = [weight: Variable, data: ArrayLike<number>];

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
      result.push({ name: unusedName(names, path + weight.name), weight, layer });
    }
    // The cell of a recurrent layer has the name of its layer, which is not repeated.
    for (const sublayer of layer.sublayers) {
      visit(sublayer, layer === root || sublayer.name === layer.name ? path : `${path}${layer.name}/`);
    }
  };
  visit(root, "");
  return result;
}

/** A name, with a number behind it if it was used before: kernel, kernel_1. `names`: how often each was used. */
function unusedName(names: Map<string, number>, name: string): string {
  let unused = name;
  for (let times = names.get(name) ?? 0; names.has(unused); times++) {
    unused = `${name}_${times}`;
    names.set(name, times + 1);
  }
  names.set(unused, 1);
  return unused;
}

/**
 * The values of the tensors that have the names of weights. No weight is changed yet.
 * @param options partial: whether the file may lack weights; skipMismatch: whether it may have them in another shape.
 * @throws FileError for a tensor that is missing, has another shape, or holds a value that is not finite.
 */
export function matchTensors(
  where: string,
  weights: readonly NamedWeight[],
  tensors: ReadonlyMap<string, SafeTensor>,
  { partial = false, skipMismatch = false }: { partial?: boolean; skipMismatch?: boolean } = {},
): Assignment[] {
  return weights.flatMap(({ name, weight, layer }) => {
    const tensor = tensors.get(name);
    if (tensor) return matchTensor(where, name, layer, weight, tensor, skipMismatch);
    if (partial) return [];
    const close = nearest(name, [...tensors.keys()]);
    const advice = close ? ` (did it mean "${close}"? names of layers must be as they were when it was saved)` : "";
    const needs = `which ${layer.label} needs as ${shapeText(weight.shape)}`;
    throw new FileError(`${where} holds no "${name}", ${needs}${advice}.`);
  });
}

/** The values of a tensor for a weight; none if it has another shape and `skipMismatch` is true. @throws FileError */
export function matchTensor(
  where: string,
  name: string,
  layer: Layer,
  weight: Variable,
  { shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  skipMismatch = false,
): Assignment[] {
  if (!sameShape(shape, weight.shape)) {
    if (skipMismatch) return [];
    const needs = `which ${layer.label} needs as ${shapeText(weight.shape)}`;
    throw new FileError(`${where} holds "${name}" as ${shapeText(shape)}, ${needs}.`);
  }
  checkFinite(where, name, layer, data);
  return [[weight, data]];
}

/** @throws FileError where a value is not finite as a 32-bit float. */
export function checkFinite(where: string, name: string, layer: Layer, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i++) {
    if (Math.abs(Math.fround(data[i])) < Infinity) continue;
    throw new FileError(`${where} holds "${name}" of ${layer.label} with values that are not finite.`);
  }
}

/** Thrown for values that no file holds. */
export class NotFiniteError extends ArgumentError {}

/** @throws ArgumentError where a value is not finite. */
export function checkFiniteToWrite(where: string, name: string, data: ArrayLike<number>): void {
  if (allFinite(data)) return;
  throw new NotFiniteError(
    `${where}: "${name}" holds values that are not finite; check the training that led to them.`,
  );
}

/** @throws FileError for a tensor whose name is not among those of the weights. */
export function checkAllUsed(where: string, used: ReadonlySet<string>, tensors: ReadonlyMap<string, SafeTensor>): void {
  for (const name of tensors.keys()) {
    if (!used.has(name)) throw new FileError(`${where} holds "${name}", for which there is no weight.`);
  }
}
