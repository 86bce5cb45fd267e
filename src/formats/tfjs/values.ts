/**
 * The values in the files beside model.json: by names, or, where the converter read a file of Keras 3, by the paths in
 * that file.
 */
import type { Layer } from "../../layer.js";
import type { ModelLayer } from "../../model.js";
import type { H5Group } from "../hdf5/read.js";
import { matchOptimizer, type OptimizerState } from "../keras/weights/optimizer.js";
import type { MatchOptions } from "../format.js";
import type { Assignment } from "../keras/weights/assignment.js";
import { matchTree } from "../keras/weights/v3.js";
import type { SafeTensor } from "../safetensors.js";
import { matchTensors, namedWeights } from "../weights.js";
import type { TfjsTensors } from "./manifest.js";
import { tensorsOfWeights } from "./names.js";
import { matchTfjsOptimizer } from "./optimizer.js";

export interface FileValues {
  /** The values for all weights, none of which is assigned yet. @throws FileError where they do not match. */
  match(model: Layer, options: MatchOptions): Assignment[];
  /** How many updates the optimizer has made. */
  readonly updates: number;
  /** The values for the slots of a compiled model. @throws FileError where they do not fit its optimizer. */
  matchOptimizer(model: ModelLayer): Assignment[];
}

/** The values in a file, whichever names they have. */
export function valuesOf(where: string, tensors: TfjsTensors): FileValues {
  const names = [...tensors.weights.keys()];
  const arePlaces = names.length > 0 && names.every((name) => /(^|\/)vars\/\d+$/.test(name));
  return arePlaces ? byPlaces(where, tensors.weights) : byNames(where, tensors);
}

function byNames(where: string, { weights, optimizer }: TfjsTensors): FileValues {
  const assignments = (pairs: ReturnType<typeof matchTensors>) =>
    pairs.map(([weight, { data }]): Assignment => [weight, data]);
  return {
    match: (model, { byName: partial = false, skipMismatch = false }) => {
      const all = namedWeights(model);
      return assignments(
        matchTensors(where, all, tensorsOfWeights(where, all, weights, partial), { partial, skipMismatch }),
      );
    },
    updates: optimizer.get("iter")?.data[0] ?? 0,
    matchOptimizer: (model) => assignments(matchTfjsOptimizer(where, model, optimizer)),
  };
}

/**
 * The converter names the weights of a `.keras` file and of its optimizer by their paths there: layers/dense/vars/0.
 */
function byPlaces(where: string, weights: ReadonlyMap<string, SafeTensor>): FileValues {
  const root = treeOf(weights);
  const list: SafeTensor[] = [];
  for (let i = 0; weights.has(`optimizer/vars/${i}`); i++) list.push(weights.get(`optimizer/vars/${i}`)!);
  const state: OptimizerState = { list };
  return {
    match: (model, options) => matchTree(where, model, root, options),
    updates: list[0]?.data[0] ?? 0,
    matchOptimizer: (model) => matchOptimizer(where, model, state),
  };
}

interface MutableGroup extends H5Group {
  readonly groups: Map<string, MutableGroup>;
  readonly datasets: Map<string, SafeTensor>;
}
const emptyGroup = (): MutableGroup => ({ attributes: new Map(), groups: new Map(), datasets: new Map() });

function treeOf(tensors: ReadonlyMap<string, SafeTensor>): H5Group {
  const root = emptyGroup();
  for (const [path, tensor] of tensors) {
    const folders = path.split("/");
    const name = folders.pop()!;
    let place = root;
    for (const folder of folders) {
      const inner: MutableGroup = place.groups.get(folder) ?? emptyGroup();
      place.groups.set(folder, inner);
      place = inner;
    }
    place.datasets.set(name, tensor);
  }
  return root;
}
