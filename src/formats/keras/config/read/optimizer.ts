/** How Keras describes an optimizer, in the form that `restoreTraining` reads. */
import { FileError } from "../../../../errors.js";
import type { TrainingConfig } from "../../../training.js";
import { asName, asObject, isObject, type JsonObject, plainValue, showValue, showWord } from "../../../json.js";
import { camel, foldName } from "../names.js";
import { optimizerWords, scheduleWords } from "../optimizers.js";
import { readOptions } from "./options.js";

/**
 * Reads an optimizer. An unknown one keeps its name, because it may be a function that was passed to `restoreTraining`.
 * @throws FileError for options that are not supported, and for `MultiOptimizer`.
 */
export function readOptimizer(value: unknown): TrainingConfig["optimizer"] {
  const given = typeof value === "string" ? { class_name: value } : asObject("the optimizer", value);
  const { class_name, config, registered_name } = given as JsonObject;
  const written = asName("the class of the optimizer", class_name).replace(/^Custom>/, ""); // the prefix of tf-keras
  const isOwn = typeof registered_name === "string" && registered_name.includes(">");
  const all = asObject(`the config of ${showWord(written)}`, config ?? {});
  if (!isOwn && /^LossScaleOptimizer(V\d)?$/.test(written)) return readLossScale(all);
  if (!isOwn && written === "MultiOptimizer") {
    throw new FileError(
      "was compiled with MultiOptimizer, which has an optimizer for each of several groups of weights and is not supported; load with { compile: false }.",
    );
  }
  const name = isOwn ? undefined : Object.keys(optimizerWords).find((known) => foldName(known) === foldName(written));
  const className = isOwn ? registered_name : (name ?? written);
  const ours = name === undefined ? readOwn(all) : readKnown(name, all);
  return { className, config: ours, iterations: 0 };
}

/** The optimizer inside, with a scale of the loss as an option. */
function readLossScale(config: JsonObject): TrainingConfig["optimizer"] {
  const { inner_optimizer, initial_scale: scale, dynamic_growth_steps: steps, dynamic = true } = config;
  const inner = readOptimizer(inner_optimizer);
  const number = (what: string, value: unknown) => (value == null ? undefined : plainValue(what, value));
  const initialScale = number("LossScaleOptimizer: initial_scale", scale);
  const growthSteps = number("LossScaleOptimizer: dynamic_growth_steps", steps);
  const given = Object.fromEntries(Object.entries({ initialScale, growthSteps }).filter(([, item]) => item != null));
  const option = dynamic === false ? { lossScaleFactor: initialScale } : { dynamicLossScale: given };
  return { ...inner, config: { ...(inner.config as object), ...option } };
}

function readKnown(name: string, config: JsonObject): object {
  const { learning_rate, lr, decay: given, schedule_decay, ...others } = config; // lr, decay: Keras 1 and 2
  const options = readOptions(name, optimizerWords[name], others);
  checkPatterns(options.excludeLayers);
  let rate: unknown = readRate(learning_rate ?? lr);
  const decay = given == null ? 0 : plainValue(`${name}: decay`, given);
  // Keras 2 keeps the option scheduleDecay of its Nadam as `decay`, or `schedule_decay`.
  const slow = schedule_decay ?? (decay === 0 ? undefined : decay);
  if (name === "Nadam") {
    if (slow != null) options.scheduleDecay = plainValue("Nadam: schedule_decay", slow);
  } else if (schedule_decay !== undefined) {
    throw new FileError(
      `was compiled with ${name} schedule_decay: ${showValue(schedule_decay)}, which is not supported; load with { compile: false }.`,
    );
  } else if (decay !== 0) {
    if (typeof rate !== "number") {
      throw new FileError(
        `was compiled with ${name} decay: ${showValue(decay)} beside a learning rate that is no number; load with { compile: false }.`,
      );
    }
    const inverse = { initialLearningRate: rate, decaySteps: 1, decayRate: decay };
    rate = { from: "schedules", function: "InverseTimeDecay", config: inverse };
  }
  return { ...options, ...(rate != null && { learningRate: rate }) };
}

/** Keras takes the names of weights that Muon leaves out as regular expressions, which are not run here. */
function checkPatterns(parts: unknown): void {
  const odd = Array.isArray(parts) && parts.find((part) => typeof part !== "string" || !/^[\w/ -]*$/.test(part));
  if (odd === false || odd === undefined) return;
  throw new FileError(
    `was compiled with Muon exclude_layers: ${showValue(odd)}, a regular expression, which is not supported; load with { compile: false }.`,
  );
}

const readOwn = ({ learning_rate, lr, ...options }: JsonObject): object => {
  const rate = readRate(learning_rate ?? lr);
  const ours = Object.entries(options).map(([key, item]) => [
    camel(key),
    plainValue(`the optimizer's ${showWord(key)}`, item),
  ]);
  return { ...Object.fromEntries(ours), ...(rate != null && { learningRate: rate }) };
};

/**
 * Reads a learning rate. Of a user-defined schedule only the name of its class is kept: pass it to `loadModel` as a function
 * of that name.
 */
function readRate(rate: unknown): unknown {
  if (!isObject(rate) || typeof rate.class_name !== "string") {
    return rate == null ? rate : plainValue("the learning rate", rate);
  }
  const { class_name: name, config } = rate;
  if (!Object.hasOwn(scheduleWords, name)) {
    if (["__numpy__", "__tensor__", "ndarray"].includes(name)) return plainValue("the learning rate", rate);
    return { from: "own", function: name };
  }
  const options = readOptions(name, scheduleWords[name], asObject(`the config of ${showWord(name)}`, config ?? {}));
  return { from: "schedules", function: name, config: options };
}
