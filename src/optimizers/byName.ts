/**
 * The optimizers that `compile` knows by name. They are few, because they are in every bundle that can train; the others
 * are given as what their functions make.
 */
import { ArgumentError, shown, unknownName } from "../errors.js";
import { Optimizer } from "../optimizer.js";
import { AdamOptimizer } from "./adam.js";
import { RmspropOptimizer } from "./rmsprop.js";
import { SgdOptimizer } from "./sgd.js";

const byName: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => new SgdOptimizer({}),
  adam: () => new AdamOptimizer("Adam", {}),
  adamw: () => new AdamOptimizer("AdamW", { weightDecay: 0.004 }),
  rmsprop: () => new RmspropOptimizer({}),
};

/**
 * Finds the optimizer that an option names: an optimizer, or one of the names "sgd", "adam", "adamW" and "rmsprop" in any
 * case, with its default options.
 * @throws ArgumentError for another name.
 */
export function getOptimizer(where: string, optimizer: string | Optimizer): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  if (typeof optimizer !== "string") {
    throw new ArgumentError(`${where}: optimizer ${shown(optimizer)}; expected a name, or an optimizer, as Adam().`);
  }
  const name = optimizer.toLowerCase();
  if (Object.hasOwn(byName, name)) return byName[name]();
  throw unknownName(where, "optimizer", optimizer, Object.keys(byName));
}
