/** Weights in `.h5` files of Keras 1, 2 and 3: a group for each layer, with its arrays listed in order. */
import { FileError } from "../../../errors.js";
import { type H5Dataset, type H5Group, type H5Limits, readHdf5 } from "../../hdf5/read.js";

export interface LegacyLayer {
  readonly layer: string;
  /** `conv1/kernel:0` in Keras 2, `conv1/kernel` in Keras 3. */
  readonly names: string[];
  readonly values: H5Dataset[];
}

/**
 * The weights of a file, layer by layer in its order, layers without weights included.
 * @throws FileError for whatever is wrong with the file.
 */
export async function readLegacyWeights(where: string, bytes: Uint8Array, limits?: H5Limits): Promise<LegacyLayer[]> {
  return legacyWeights(where, await readHdf5(where, bytes, limits));
}

/** Whether a file has this form, with a whole model or with only weights. */
export const isLegacy = (root: H5Group): boolean =>
  root.groups.has("model_weights") || listAttribute(root, "layer_names") !== undefined;

/** The weights in the groups of a file, layer by layer. @throws FileError for whatever is wrong with them. */
export function legacyWeights(where: string, root: H5Group): LegacyLayer[] {
  const group = root.groups.get("model_weights") ?? root;
  const layers = listAttribute(group, "layer_names");
  if (!layers) throw new FileError(`${where}: lists no layers (attribute layer_names); it is not a file of Keras.`);
  return layers.map((layer) => {
    const found = groupAt(group, layer);
    if (!found) throw new FileError(`${where}: lists the layer "${layer}" but holds none.`);
    return { layer, ...listedWeights(where, found) };
  });
}

/** The arrays that a group lists in its attribute weight_names. @throws FileError where one is missing. */
export function listedWeights(where: string, group: H5Group): Omit<LegacyLayer, "layer"> {
  const names = listAttribute(group, "weight_names") ?? [];
  const values = names.map((name) => {
    const folders = name.split("/");
    const found = groupAt(group, folders.slice(0, -1).join("/"))?.datasets.get(folders.at(-1)!);
    if (!found) throw new FileError(`${where}: lists the weight "${name}" but holds none.`);
    return found;
  });
  return { names, values };
}

/** A list in one attribute or, because HDF5 limits their size, in several: layer_names0, layer_names1. */
function listAttribute({ attributes }: H5Group, name: string): string[] | undefined {
  const whole = attributes.get(name);
  if (whole !== undefined) return [whole].flat();
  const parts: string[] = [];
  for (let i = 0; attributes.has(`${name}${i}`); i++) parts.push(...[attributes.get(`${name}${i}`)!].flat());
  return parts.length > 0 ? parts : undefined;
}

/** The group at a path; the group itself at "". */
const groupAt = (group: H5Group, path: string): H5Group | undefined =>
  path
    .split("/")
    .filter((name) => name !== "")
    .reduce<H5Group | undefined>((place, name) => place?.groups.get(name), group);
