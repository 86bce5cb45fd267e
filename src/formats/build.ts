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
import type { Optimizer } from "../optimizer.js";
import type { FileValues, ReadModelOptions } from "./format.js";
import { layerFromConfig } from "./registry.js";
import { restoreTraining, type TrainingConfig } from "./training.js";
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
    // What JavaScript says of a value of another type than was expected names nothing that is in the file.
    const reason =
      error instanceof TypeError || error instanceof RangeError ? "" : ` (${message.replace(/\s+/g, " ")})`;
    const what = error instanceof ZoetropeError ? `: ${message}` : ` is broken${reason}`;
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

/**
 * The described model with the values of a file, compiled as it was if `readTraining` gives how.
 * @throws FileError where they do not match.
 */
export function restoreModel(
  where: string,
  described: Named,
  readTraining: () => TrainingConfig | undefined,
  values: FileValues,
  options: ReadModelOptions,
): ModelLayer {
  const model = asFileErrors(`${where}: its architecture`, () => buildModel(described, values.count));
  return disposeOnError(model, () => {
    const found = values.match(model, {});
    const slots = takeOverTraining(where, options, () => {
      const training = readTraining();
      const stateOf = (optimizer: Optimizer) => values.optimizerState(model, optimizer);
      return training ? restoreTraining(where, model, training, options.functions, stateOf) : [];
    });
    for (const [weight, data] of [...found, ...slots]) weight.assign(data);
  });
}

/**
 * Gives the values for the slots of the optimizer, after `work` has compiled a model as it was; none where it is not to be
 * compiled. Where that is not possible, the model stays as it is, and a warning says what is missing.
 * @throws FileError where it must be compiled and cannot be.
 */
export function takeOverTraining(
  where: string,
  { compile, onWarning }: ReadModelOptions,
  work: () => Assignment[],
): Assignment[] {
  if (!compile) return [];
  try {
    return asFileErrors(`${where}: how it was trained`, work);
  } catch (error) {
    if (!(error instanceof FileError) || compile === "required") throw error;
    const reason = error.message.replace(/[;,] (or )?load with \{ compile: false \}(, and compile anew)?/, "");
    onWarning(`${reason} The model is loaded without its compilation; compile it to train it.`);
    return [];
  }
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
    model.dispose();
    throw error;
  }
}
