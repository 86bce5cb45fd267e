/** Matching the arrays of `.h5` files, which list those of each layer in order, with weights. */
import { FileError } from "../../../errors.js";
import type { Layer } from "../../../layer.js";
import { LookupLayer } from "../../../layers/lookup.js";
import { ModelLayer } from "../../../model.js";
import { sameShape } from "../../../shape.js";
import type { Variable } from "../../../tensor.js";
import type { H5Group } from "../../hdf5/read.js";
import { withoutCudnn } from "./cudnn.js";
import { type LegacyLayer, legacyWeights, listedWeights } from "./legacyFile.js";
import { stateOfNames } from "./oldState.js";
import { countValues, stateOfList } from "./optimizer.js";
import type { FileValues, MatchOptions } from "../../format.js";
import { type Assignment, matchTensor } from "../../weights.js";

/**
 * The values of the file for each weight: of the layers that have weights in order, or by their names. None is assigned
 * yet.
 * @throws FileError where layers, weights or shapes differ, for values that are not finite, and for files of Keras 1.
 */
export function matchLegacy(where: string, model: Layer, file: H5Group, options: MatchOptions): Assignment[] {
  checkVersion(where, file);
  const all = model instanceof ModelLayer ? model.layers : [model];
  // Keras 2 lists the weights of "tf_idf", which are in the config too.
  const lookups = new Set(all.filter((layer) => layer instanceof LookupLayer).map(({ name }) => name));
  const groups = legacyWeights(where, file).filter(({ layer, names }) => names.length > 0 && !lookups.has(layer));
  const layers = all.filter(({ weights }) => weights.length > 0);
  if (options.byName) {
    const named = new Map([...groups].reverse().map((group) => [group.layer, group])); // of equal names the first counts
    return layers.flatMap((layer) => {
      const group = named.get(layer.name);
      return group ? matchLayer(where, layer, group, options) : [];
    });
  }
  if (groups.length !== layers.length) {
    throw new FileError(
      `${where} holds ${groups.length} layers with weights, ${model.label} has ${layers.length}; give { byName: true } to take those of the same names.`,
    );
  }
  return layers.flatMap((layer, i) => matchLayer(where, layer, groups[i], options));
}

function checkVersion(where: string, file: H5Group): void {
  if (!/^1|^$/.test(versionOf(file))) return;
  throw new FileError(
    `${where} was written by Keras 1, which ordered weights in another way; save it again with Keras 2.`,
  );
}

/** The version of Keras that wrote a file; "" where it does not say. */
function versionOf(file: H5Group): string {
  const { attributes } = file.groups.get("model_weights") ?? file;
  const version = attributes.get("keras_version") ?? file.attributes.get("keras_version");
  return typeof version === "string" ? version : "";
}

function matchLayer(where: string, layer: Layer, group: LegacyLayer, options: MatchOptions): Assignment[] {
  const { names } = group;
  const weights = inFileOrder(layer, group);
  const values = withoutCudnn(layer, weights, group.values);
  if (values.length !== weights.length) {
    if (options.byName && options.skipMismatch) return [];
    throw new FileError(
      `${where} holds ${values.length} arrays in "${group.layer}" for the ${weights.length} weights of ${layer.label}.`,
    );
  }
  return weights.flatMap((weight, i) => matchTensor(where, names[i], layer, weight, values[i], options.skipMismatch));
}

/**
 * The weights of a layer in the order of the file: first those that were trainable when it was written, which need not
 * be trainable now. The order is found by names or, where the names of layers inside differ, by shapes and the last
 * parts of names (kernel, gamma).
 */
function inFileOrder(layer: Layer, { names, values }: LegacyLayer): readonly Variable[] {
  const usual = [...layer.trainableWeights, ...layer.nonTrainableWeights];
  if (layer.sublayers.length === 0 || usual.length !== names.length) return usual;
  const byName = new Map(usual.map((weight) => [lastNames(weight.name, 2), weight]));
  const named = new Set(names.flatMap((name) => byName.get(lastNames(name, 2)) ?? []));
  if (named.size === names.length) return [...named];
  const all = layer.weights;
  const free = [...all.filter(({ trainable }) => trainable), ...all.filter(({ trainable }) => !trainable)];
  const numAlike = (order: readonly Variable[]) =>
    order.filter(({ shape, name }, i) => {
      return sameShape(shape, values[i].shape) && lastNames(name, 1) === lastNames(names[i], 1);
    }).length;
  return [usual, all, free].reduce((best, order) => (numAlike(order) > numAlike(best) ? order : best));
}

/** `a/conv1/kernel:0` -> `conv1/kernel`. Keras 3 calls the kernel of a depthwise convolution `kernel`. */
const lastNames = (name: string, count: number): string =>
  name
    .replace(/:\d+$/, "")
    .replace(/depthwise_kernel$/, "kernel")
    .split("/")
    .slice(-count)
    .join("/");

/** The values in an `.h5` file. */
export const legacyValues = (where: string, file: H5Group): FileValues => ({
  count: countValues(file),
  match: (model, options) => matchLegacy(where, model, file, options),
  optimizerState(model, optimizer) {
    const group = file.groups.get("optimizer_weights");
    if (!group) return { slots: [] };
    const { names, values } = listedWeights(where, group);
    // Keras 3 lists the variables in an order of its own, and calls some of Adafactor's by the names of their weights.
    return versionOf(file).startsWith("3")
      ? stateOfList(where, model, optimizer, values)
      : stateOfNames(where, model, optimizer, names, values);
  },
});
