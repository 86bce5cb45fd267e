/** Optimizers by name: one table. */
import { ArgumentError, shown, unknownName } from "../errors.js";
import { Optimizer, type OptimizerFactory } from "../optimizer.js";
import { Adam, AdamW } from "./adam.js";
import { RMSprop } from "./rmsprop.js";
import { SGD } from "./sgd.js";

/** The functions that make optimizers, by the name of the optimizer in lower case. */
export const optimizers: Readonly<Record<string, OptimizerFactory>> = {
  sgd: SGD,
  adam: Adam,
  adamw: AdamW,
  rmsprop: RMSprop,
};

/**
 * Finds the optimizer that an option names: an optimizer, or a name of the table in any case ("adamW"), with its default
 * options.
 * @throws ArgumentError for a name that is not in the table.
 */
export function getOptimizer(where: string, optimizer: string | Optimizer): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  if (typeof optimizer !== "string") {
    throw new ArgumentError(`${where}: optimizer ${shown(optimizer)}; expected a name, or an optimizer, as Adam().`);
  }
  const name = optimizer.toLowerCase();
  if (Object.hasOwn(optimizers, name)) return optimizers[name]();
  throw unknownName(where, "optimizer", optimizer, Object.keys(optimizers));
}
