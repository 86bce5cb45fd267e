/** How TensorFlow.js compiled a model, in the form of Keras, and the state of its optimizer. */
import type { ModelLayer } from "../../model.js";
import type { Optimizer } from "../../optimizer.js";
import { isObject, type JsonObject } from "../json.js";
import type { SafeTensor } from "../safetensors.js";
import { type Assignment, matchTensors, type NamedWeight, namedWeights } from "../weights.js";
import { tensorsOfWeights } from "./names.js";

/** Options of TensorFlow.js's optimizers -> Keras's names of them. */
const optionNames: Readonly<Record<string, string>> = {
  learningRate: "learning_rate",
  beta1: "beta_1",
  beta2: "beta_2",
  initialAccumulatorValue: "initial_accumulator_value",
  useNesterov: "nesterov",
};
const classNames: Readonly<Record<string, string>> = { RMSProp: "RMSprop", Momentum: "SGD" };

const rename = (names: Readonly<Record<string, string>>, name: string): string =>
  Object.hasOwn(names, name) ? names[name] : name;

/** The training_config as Keras has it. */
export function inKerasWords(config: JsonObject): JsonObject {
  const { optimizer_config: optimizer } = config;
  if (!isObject(optimizer) || !isObject(optimizer.config)) return config;
  const class_name = rename(classNames, String(optimizer.class_name));
  const names = class_name === "RMSprop" ? { ...optionNames, decay: "rho" } : optionNames;
  const options = Object.entries(optimizer.config).map(([name, value]) => [rename(names, name), value]);
  return { ...config, optimizer_config: { class_name, config: Object.fromEntries(options) } };
}

/** The last parts of tensors' names -> our names of slots. */
const slotNames: Readonly<Record<string, string>> = {
  m: "momentum",
  v: "velocity",
  momentum: "momentum",
  rms: "velocity",
  mg: "averageGradient",
  accumulator: "accumulator",
  accum_grad: "accumulatedGrad",
  accum_var: "accumulatedDeltaVar",
};

/** The tensors of a file for the slots of a compiled model. @throws FileError where they do not fit its optimizer. */
export function matchTfjsOptimizer(
  where: string,
  model: ModelLayer,
  optimizer: Optimizer,
  tensors: ReadonlyMap<string, SafeTensor>,
): Assignment[] {
  const weights = namedWeights(model).filter(({ weight }) => model.trainableWeights.includes(weight));
  const bySlot = new Map<string, Map<string, SafeTensor>>();
  for (const [name, tensor] of tensors) {
    const [, weight, end] = /^(.+)\/([^/]+)$/.exec(name) ?? [];
    if (weight === undefined) continue;
    const slot = rename(slotNames, end);
    bySlot.set(slot, (bySlot.get(slot) ?? new Map<string, SafeTensor>()).set(weight, tensor));
  }
  return [...bySlot].flatMap(([slot, values]) => {
    const index = optimizer.slotNames.indexOf(slot);
    const slots = weights.flatMap(({ name, weight, layer }): NamedWeight[] => {
      const own = optimizer.slotsOf(weight)[index];
      return own ? [{ name, weight: own, layer }] : [];
    });
    const found = matchTensors(`${where}: optimizer`, slots, tensorsOfWeights(`${where}: optimizer`, weights, values));
    // The momentum of SGD sums gradients in TensorFlow.js, updates in Keras.
    const factor = optimizer.name === "SGD" ? -optimizer.learningRate : 1;
    return factor === 1 ? found : found.map(([own, data]) => [own, Float32Array.from(data, (n) => factor * n)]);
  });
}
