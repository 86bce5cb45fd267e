/**
 * Building models from descriptions in files. Whatever a file says, the only errors are FileErrors, a failed load
 * disposes what it made, and no more memory is allocated than the file has values for.
 */
import { FileError, OutOfMemoryError, ZoetropeError } from "../errors.js";
import { ModelLayer } from "../model.js";
import type { Named } from "../named.js";
import { sizeOf } from "../shape.js";
import { Variable } from "../tensor.js";
import { type WeightFactory, withWeightFactory } from "../weightFactory.js";
import { layerFromConfig } from "./registry.js";

/**
 * The result of `work`, whose errors become FileErrors: it is the file that is wrong. An OutOfMemoryError stays one.
 * @param where what errors begin with.
 */
export function asFileErrors<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof OutOfMemoryError) throw error;
    const { message } = error as Error;
    if (error instanceof FileError && /^load(Model|Weights)/.test(message)) throw error;
    const what =
      error instanceof ZoetropeError
        ? `: ${message.replace(/\.$/, "")}`
        : ` is broken (${message.replace(/\s+/g, " ")})`;
    throw new FileError(`${where}${what}.`, { cause: error });
  }
}

/** The result of `work`, whose FileErrors say what is wrong; `where` is put before that. */
export function prefixFileErrors<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileError) throw new FileError(`${where}: ${error.message}`);
    throw error;
  }
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
    if (!(left >= 0)) throw new FileError("describes more weights than the file holds");
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
    // Nobody else would dispose the weights of layers that did not become part of the model.
    for (const weight of made) if (!kept.has(weight)) weight.dispose();
  }
}

/** The model after `work` on it. Where that fails, the model is disposed. */
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
