/** What the files beside model.json hold for a model: under names, or, from Keras 3's files, under places. */
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
  /** Those of the weights. @throws FileError where they do not match. */
  match(model: Layer, options: MatchOptions): Assignment[];
  /** How often the optimizer changed the weights. */
  readonly updates: number;
  /** What the optimizer remembers. @throws FileError where it is not that of a compiled model's. */
  matchOptimizer(model: ModelLayer): Assignment[];
}

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

/** The converter names the weights of a `.keras` file by their paths there, layers/dense/vars/0, and those of its optimizer. */
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
