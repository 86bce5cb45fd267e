/** The optimizers whose rules are kernels: SGD, Adam, AdamW and RMSprop. */
import { AdamOptimizer, type AdamOptions } from "./adam.js";
import { AmsgradOptimizer } from "./amsgrad.js";
import { CenteredRmspropOptimizer } from "./centeredRmsprop.js";
import { optimizerFactory } from "./factory.js";
import { RmspropOptimizer, type RmspropOptions } from "./rmsprop.js";
import { SgdOptimizer, type SgdOptions } from "./sgd.js";

const makeAdam = (name: string, options: AdamOptions) =>
  options.amsgrad ? new AmsgradOptimizer(name, options) : new AdamOptimizer(name, options);

const adamOptions = ["beta1", "beta2", "epsilon", "amsgrad"] as const;

export const SGD = /* @__PURE__ */ optimizerFactory<SgdOptions>("SGD", (options) => new SgdOptimizer(options), [
  "momentum",
  "nesterov",
]);

export const Adam = /* @__PURE__ */ optimizerFactory<AdamOptions>(
  "Adam",
  (options) => makeAdam("Adam", options),
  adamOptions,
);

export const AdamW = /* @__PURE__ */ optimizerFactory<AdamOptions>(
  "AdamW",
  (options) => makeAdam("AdamW", { weightDecay: 0.004, ...options }),
  adamOptions,
);

export const RMSprop = /* @__PURE__ */ optimizerFactory<RmspropOptions>(
  "RMSprop",
  (options) => (options.centered ? new CenteredRmspropOptimizer(options) : new RmspropOptimizer(options)),
  ["rho", "momentum", "epsilon", "centered"],
);
