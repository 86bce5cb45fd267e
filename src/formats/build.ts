/**
 * Builds models from descriptions in files. Whatever a file contains, the only errors are FileErrors, a failed load
 * disposes its tensors, and no more memory is allocated than the file has values for.
 */
import { FileError, OutOfMemoryError, shapeText, ZoetropeError } from "../errors.js";
import type { Layer } from "../layer.js";
import { ModelLayer } from "../model.js";
import type { Named } from "../named.js";
import { type Shape, sizeOf } from "../shape.js";
import { Variable } from "../tensor.js";
import { type WeightFactory, withWeightFactory } from "../weightFactory.js";
import type { FileValues } from "./format.js";
import { layerFromConfig } from "./registry.js";
import { type CustomFunctions, restoreTraining, type TrainingConfig } from "./training.js";
import type { Assignment } from "./weights.js";

/**
 * Returns the result of `work`. Its errors become FileErrors, because the file causes them, except an OutOfMemoryError.
 * @param where what errors begin with.
 */
export function asFileErrors<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof OutOfMemoryError) throw error;
    const { message } = error as Error;
    if (error instanceof FileError && /^load(Model|Weights)/.test(message)) throw error;
    const what = error instanceof ZoetropeError ? `: ${message}` : ` is broken (${message.replace(/\s+/g, " ")})`;
    throw new FileError(`${where}${/[.?]$/.test(what) ? what : `${what}.`}`, { cause: error });
  }
}

/** Returns the result of `work`, and puts `where` before the messages of its FileErrors. */
export function prefixFileErrors<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileError) throw new FileError(`${where}: ${error.message}`);
    throw error;
  }
}

/** Why a weight cannot be made. @param needed how many values the weights up to this one have. */
function tooMany(name: string, shape: Shape, needed: number, held: number): string {
  const what = `describes "${name}" as ${shapeText(shape)}`;
  if (!Number.isSafeInteger(needed)) return `${what}, which is no shape of a weight`;
  const more = `describes more weights than the file holds`;
  if (held === 0) return `${more}, which are none; they may be in another file, for loadWeights`;
  return `${more}: with "${name}" ${shapeText(shape)} they have ${needed} values, the file ${held}; it was cut off, or its description is of another model`;
}

/**
 * The described model, with zeros as weights.
 * @param numValues how many values the file holds.
 * @throws FileError for a model with more weights than that, before memory is allocated for them.
 */
export function buildModel(described: Named, numValues: number): ModelLayer {
  let left = numValues;
  const made: Variable[] = [];
  const zeros: WeightFactory = (name, shape, trainable) => {
    const size = sizeOf(shape);
    left -= size;
    // Written so that NaN, from a shape with invalid sizes, is refused too.
    if (!(left >= 0)) throw new FileError(tooMany(name, shape, numValues - left, numValues));
    const values = new Float32Array(size);
    const weight = new Variable(name, shape, trainable).assign(values);
    made.push(weight);
    return weight;
  };
  let kept = new Set<Variable>();
  try {
    const model = withWeightFactory(zeros, () => layerFromConfig(described));
    if (!(model instanceof ModelLayer)) throw new FileError(`${model.label} is no model`);
    kept = new Set(model.weights);
    return model;
  } finally {
    // The weights of layers that did not become part of the model would not be disposed otherwise.
    for (const weight of made) if (!kept.has(weight)) weight.dispose();
  }
}

/** The described model with the values of a file, compiled as it was. @throws FileError where they do not match. */
export function restoreModel(
  where: string,
  { model: described, training }: { readonly model: Named; readonly training?: TrainingConfig },
  values: FileValues,
  functions: CustomFunctions,
): ModelLayer {
  const model = asFileErrors(`${where}: its architecture`, () => buildModel(described, values.count));
  return disposeOnError(model, () => {
    const found = values.match(model, {});
    if (training) {
      asFileErrors(`${where}: how it was trained`, () => {
        const optimizer = { ...training.optimizer, iterations: values.updates ?? 0 };
        restoreTraining(where, model, { ...training, optimizer }, functions);
        found.push(...values.matchOptimizer(model));
      });
    }
    for (const [weight, data] of found) weight.assign(data);
  });
}

/** Assigns the values that were found for a layer. @throws FileError where there are none. */
export function assignFound(where: string, layer: Layer, found: readonly Assignment[]): void {
  if (found.length === 0) throw new FileError(`${where} holds no weight of ${layer.label}.`);
  for (const [weight, data] of found) weight.assign(data);
}

/** Runs `work` on a model and returns the model; if `work` fails, the model is disposed. */
export function disposeOnError(model: ModelLayer, work: () => void): ModelLayer {
  try {
    work();
    return model;
  } catch (error) {
    model.optimizer?.dispose();
    for (const weight of model.weights) weight.dispose();
    throw error;
  }
}
