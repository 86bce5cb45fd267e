/** The functions that make the optimizers of this package from their options. */
import { checkNumbers, checkOptions } from "../errors.js";
import { commonOptions, type Optimizer, type OptimizerOptions } from "../optimizer.js";
import { type BuiltInOptimizerOptions, extend, extensionOptions } from "./extension.js";

/** A function that makes an optimizer from its options; a row of the table of optimizers. */
export interface OptimizerFactory<Options extends OptimizerOptions = BuiltInOptimizerOptions> {
  (options?: Options): Optimizer;
  /** The names of all options, those of every optimizer included. */
  readonly optionNames: readonly string[];
}

/**
 * Makes a row of the table from a function that makes the optimizer, the name for errors, and the names of the options
 * that only it has.
 */
export function optimizerFactory<Options extends BuiltInOptimizerOptions>(
  name: string,
  make: (options: Options) => Optimizer,
  ownOptions: readonly (keyof Options & string)[],
): OptimizerFactory<Options> {
  const optionNames = [...commonOptions, ...extensionOptions, ...ownOptions];
  const factory = (options?: Options): Optimizer => {
    const given: Partial<Options> = options ?? {};
    checkOptions(name, given, optionNames);
    checkNumbers(name, given, "a number from 0", ["epsilon"]);
    checkNumbers(name, given, "a number from 0 to 1", ["momentum"]);
    checkNumbers(name, given, "a number from 0, below 1", ["beta1", "beta2", "rho"]);
    const isExtra = ([option]: [string, unknown]) => (extensionOptions as readonly string[]).includes(option);
    const entries = Object.entries(given).filter(([, value]) => value !== undefined);
    const extra = entries.filter(isExtra);
    const optimizer = make(Object.fromEntries(entries.filter((entry) => !isExtra(entry))) as Options);
    return extra.length > 0 ? extend(optimizer, Object.fromEntries(extra)) : optimizer;
  };
  return Object.assign(factory, { optionNames });
}
