/** Defines activation functions: functions of a tensor and options that can be written into a config. */
import { checkNumber, checkOptions, type NumberKind } from "./errors.js";
import { type Named, named } from "./named.js";
import { checkTensors } from "./op.js";
import type { PartialShape } from "./shape.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** A function from a tensor to a tensor, for the `activation` option of a layer. */
export interface ActivationFunction {
  (x: Tensor): Tensor;
  /** Gives the shape of the result; undefined where it is that of x. */
  shape?: (x: PartialShape) => PartialShape;
}

/** An activation function of the table: it takes options and can be written into a config. */
export interface NamedActivation<Options extends object = object> extends Named {
  (x: Tensor, options?: Options): Tensor;
  /** Gives the shape of the result; undefined where it is that of x. */
  shape?: (x: PartialShape, options?: Options) => PartialShape;
  /** The names of its options. */
  readonly optionNames: readonly string[];
}

/** Makes an activation function from its name in the table, its formula and the names of its options. */
export function defineActivation<Options extends object = object>(
  name: string,
  formula: (x: Tensor, options: Options) => Tensor,
  optionNames: readonly (keyof Options & string)[] = [],
  shape?: (x: PartialShape, options?: Options) => PartialShape,
): NamedActivation<Options> {
  const apply = (x: Tensor, options: Options = {} as Options): Tensor => {
    checkValues(name, options, optionNames, "a number");
    checkTensors(name, [x]);
    return scope(() => formula(x, options));
  };
  const described = Object.assign(named(apply, name, {}), shape && { shape });
  // Not enumerable: it is no part of the config.
  return Object.defineProperty(described, "optionNames", { value: optionNames }) as NamedActivation<Options>;
}

/** Checks the names and values of options. @throws ArgumentError */
function checkValues(where: string, options: object, known: readonly string[], kind: NumberKind): void {
  checkOptions(where, options, known);
  for (const [name, value] of Object.entries(options)) {
    if (value != null && typeof value !== "boolean") checkNumber(where, name, value, kind);
  }
}

/** Gives the activation function with these options. @throws ArgumentError for an option that it does not have. */
export function withOptions(activation: NamedActivation, options: object): ActivationFunction & Named {
  const { className, optionNames, shape } = activation;
  checkValues(className, options, optionNames, "a finite number");
  const apply: ActivationFunction = (x) => activation(x, options);
  if (shape) apply.shape = (x) => shape(x, options);
  return named(apply, className, options);
}
