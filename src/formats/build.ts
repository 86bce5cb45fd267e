/** Models from what files say: nothing but FileErrors, nothing left behind, no more memory than the file has values for. */
import { FileError, OutOfMemoryError, ZoetropeError } from "../errors.js";
import { Layer } from "../layer.js";
import { ModelLayer } from "../model.js";
import type { Named } from "../named.js";
import { sizeOf } from "../shape.js";
import type { Variable } from "../tensor.js";
import { layerFromConfig } from "./registry.js";

/**
 * What goes wrong in `work` is the file's fault, unless memory has run out.
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

/**
 * The model that is described, its weights zeros.
 * @param numValues that the file holds. @throws FileError for a model with more weights, before there is memory for them.
 */
export function buildModel(described: Named, numValues: number): ModelLayer {
  let left = numValues;
  Layer.firstValues = (shape) => {
    const size = sizeOf(shape);
    left -= size;
    if (!(left >= 0)) throw new FileError("describes more weights than the file holds");
    return new Float32Array(size);
  };
  const made: Variable[] = (Layer.newWeights = []);
  let kept = new Set<Variable>();
  try {
    const model = layerFromConfig(described);
    if (!(model instanceof ModelLayer)) throw new FileError(`${model.label} is no model`);
    kept = new Set(model.weights);
    return model;
  } finally {
    Layer.firstValues = undefined;
    Layer.newWeights = undefined;
    for (const weight of made) if (!kept.has(weight)) weight.dispose();
  }
}

/** The model after `work` on it; where that fails, its memory is given back. */
export function finished(model: ModelLayer, work: () => void): ModelLayer {
  try {
    work();
    return model;
  } catch (error) {
    model.optimizer?.dispose();
    for (const weight of model.weights) weight.dispose();
    throw error;
  }
}
