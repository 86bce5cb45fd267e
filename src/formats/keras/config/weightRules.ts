/**
 * The rules of weights (initializers, regularizers and constraints), read and written: names or
 * `{ class_name, config }` in Keras, names or `{ className, config }` here.
 */
import { ArgumentError, FileError } from "../../../errors.js";
import type { Named } from "../../../named.js";
import { camel, foldName, kerasObject, snake } from "./names.js";
import { asObject, showWord, plainValue, showValue } from "../../json.js";

export interface RuleKind {
  readonly name: "initializer" | "regularizer" | "constraint";
  /** Class -> our names of its options. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** Other names of the classes, without case and underscores. */
  readonly aliases: Readonly<Record<string, string>>;
}

const fan = ["seed"];

export const initializers: RuleKind = {
  name: "initializer",
  classes: {
    Zeros: [],
    Ones: [],
    Constant: ["value"],
    Identity: ["gain"],
    RandomUniform: ["minval", "maxval", "seed"],
    RandomNormal: ["mean", "stddev", "seed"],
    TruncatedNormal: ["mean", "stddev", "seed"],
    VarianceScaling: ["scale", "mode", "distribution", "seed"],
    GlorotUniform: fan,
    GlorotNormal: fan,
    HeUniform: fan,
    HeNormal: fan,
    LecunUniform: fan,
    LecunNormal: fan,
    Orthogonal: ["gain", "seed"],
  },
  aliases: {
    zero: "Zeros",
    one: "Ones",
    uniform: "RandomUniform",
    normal: "RandomNormal",
    identityinitializer: "Identity",
    orthogonalinitializer: "Orthogonal",
  },
};

export const regularizers: RuleKind = {
  name: "regularizer",
  classes: { L1: ["l1"], L2: ["l2"], L1L2: ["l1", "l2"], OrthogonalRegularizer: ["factor", "mode"] },
  aliases: {},
};

export const constraints: RuleKind = {
  name: "constraint",
  classes: {
    MaxNorm: ["maxValue", "axis"],
    NonNeg: [],
    UnitNorm: ["axis"],
    MinMaxNorm: ["minValue", "maxValue", "rate", "axis"],
  },
  aliases: {},
};

/** The class of a name in any spelling. */
function classOf({ classes, aliases }: RuleKind, name: string): string | undefined {
  const word = foldName(name);
  return Object.hasOwn(aliases, word) ? aliases[word] : Object.keys(classes).find((known) => foldName(known) === word);
}

/**
 * A rule from Keras's description.
 * @param what whose rule it is, for errors: `Dense "head": kernel_initializer`.
 * @throws FileError for a rule or option that is not known.
 */
export function readNamed(what: string, kind: RuleKind, value: unknown): Named | string | null {
  if (value == null) return null;
  const { class_name: name, config } =
    typeof value === "string" ? { class_name: value, config: {} } : asObject(what, value);
  const className = typeof name === "string" ? classOf(kind, name) : undefined;
  if (className === undefined) {
    const known = Object.keys(kind.classes).join(", ");
    throw new FileError(`${what} is ${showValue(name)}, which is no known ${kind.name}; known are ${known}.`);
  }
  if (typeof value === "string") return camel(snake(className).replace(/^_/, ""));
  const options: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(asObject(what, config ?? {}))) {
    const option = camel(key);
    if (item === null || key === "dtype") continue; // always float32 here
    if (!kind.classes[className].includes(option)) {
      throw new FileError(
        `${what} (${className}) has the option ${showWord(key)}: ${showValue(item)}, which is not known.`,
      );
    }
    const given = plainValue(`${what}: ${showWord(key)}`, item);
    options[option] = typeof given === "string" ? wordOf(option, given) : given;
  }
  return { className, config: options };
}

/** Keras 1 and TensorFlow.js call the normal distribution that is truncated at two standard deviations "normal". */
const wordOf = (option: string, word: string): string =>
  option === "distribution" && word === "normal" ? "truncatedNormal" : camel(word);

/** A rule as Keras reads it. @throws ArgumentError for one that Keras does not have. */
export function writeNamed(what: string, kind: RuleKind, value: unknown): object | null {
  if (value == null) return null;
  const { className, config = {} } = typeof value === "string" ? { className: value } : (value as Named);
  const known = classOf(kind, className);
  if (known === undefined)
    throw new ArgumentError(`${what} is ${className}, which Keras does not have; save as .safetensors.`);
  const options = Object.entries(config).filter(([, item]) => item != null);
  const written = options.map(([key, item]) => [snake(key), typeof item === "string" ? snake(item) : item]);
  return kerasObject(`keras.${kind.name}s`, known, Object.fromEntries(written) as object);
}
