/**
 * The values in the files beside model.json: by names, or, where the converter read a file of Keras 3, by the paths in
 * that file.
 */
import { FileError } from "../../errors.js";
import type { FileValues } from "../format.js";
import type { H5Group } from "../hdf5/read.js";
import { v3Values } from "../keras/weights/v3.js";
import type { SafeTensor } from "../safetensors.js";
import { matchTensors, namedWeights } from "../weights.js";
import type { TfjsTensors } from "./manifest.js";
import { tensorsOfWeights } from "./names.js";
import { matchTfjsOptimizer } from "./optimizer.js";

/** The values in a file, whichever names they have. */
export function valuesOf(where: string, tensors: TfjsTensors): FileValues {
  const names = [...tensors.weights.keys()];
  const arePlaces = names.length > 0 && names.every((name) => /(^|\/)vars\/\d+$/.test(name));
  // The converter names the weights of a `.keras` file and of its optimizer by their paths there: layers/dense/vars/0.
  return arePlaces ? v3Values(where, treeOf(where, tensors.weights)) : byNames(where, tensors);
}

const byNames = (where: string, { weights, optimizer }: TfjsTensors): FileValues => ({
  count: [...weights.values()].reduce((sum, { data }) => sum + data.length, 0),
  match: (model, { byName: partial = false, skipMismatch = false }) => {
    const all = namedWeights(model);
    return matchTensors(where, all, tensorsOfWeights(where, all, weights, partial), { partial, skipMismatch });
  },
  optimizerState: (model, made) => ({
    updates: optimizer.get("iter")?.data[0],
    slots: matchTfjsOptimizer(where, model, made, optimizer),
  }),
});

interface MutableGroup extends H5Group {
  readonly groups: Map<string, MutableGroup>;
  readonly datasets: Map<string, SafeTensor>;
}
const emptyGroup = (): MutableGroup => ({ attributes: new Map(), groups: new Map(), datasets: new Map() });

/** As many levels as groups of HDF5 may have. */
const maxDepth = 32;

function treeOf(where: string, tensors: ReadonlyMap<string, SafeTensor>): H5Group {
  const root = emptyGroup();
  for (const [path, tensor] of tensors) {
    const folders = path.split("/");
    if (folders.length > maxDepth) throw new FileError(`${where} holds "${path}", deeper than ${maxDepth} levels.`);
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
